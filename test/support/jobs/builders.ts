// Builders of records, requests and options for the tests of jobs.
import type { DrawnPicture, Failure, JobRecord, JobRequest } from "../../../infra/jobs/job.ts";
import { pictureKey } from "../../../infra/jobs/keys.ts";
import type { SubmitOptions } from "../../../infra/jobs/submit.ts";
import { accept, type NewJob } from "../../../infra/jobs/transitions.ts";

/** 2026-11-24, so that no test takes the zero of the clock for "never". */
export const START = Date.UTC(2026, 10, 24);

export function generate(over: Partial<Extract<JobRequest, { kind: "generate" }>> = {}): JobRequest {
  return { kind: "generate", prompt: "a red boat", count: 2, size: 64, seed: 7, preset: "draft", ...over };
}

function newJob(over: Partial<NewJob> = {}): NewJob {
  const request = over.request ?? generate();
  const deadlines = { startSeconds: 600, endSeconds: 3600 };
  return { id: "job", owner: "ada", request, fingerprint: "f", pictures: 2, ...deadlines, ...over };
}

export function submitOptions(over: Partial<SubmitOptions> = {}): SubmitOptions {
  return { owner: "ada", request: generate(), startSeconds: 600, endSeconds: 3600, quota: 100, ...over };
}

export const accepted = (over: Partial<NewJob> = {}, now = START): JobRecord => accept(newJob(over), now);

export function picture(index: number, job = "job"): DrawnPicture {
  return { index, key: pictureKey(job, index), size: 64, seed: 7 + index };
}

export const FINISH = { warnings: [], timings: [{ stage: "decoder", milliseconds: 12 }] };
export const PROGRESS = { stage: "decoder", picture: 0, pictures: 2, step: 1, steps: 4 };
export const NUMERIC: Failure = { code: "NUMERIC_FAILURE", message: "NaN", retryable: false };
export const INTERNAL: Failure = { code: "INTERNAL", message: "a bug", retryable: true };
