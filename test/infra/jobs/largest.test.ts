import { expect, it } from "vitest";
import { JOB_POLICY } from "../../../infra/jobs/policy.ts";
import * as transitions from "../../../infra/jobs/transitions.ts";
import { checkRecord } from "../../../infra/limits.ts";
import { LIMITS } from "../../../models/request.ts";
import { accepted, generate, START } from "../../support/jobs/builders.ts";
import { expectInvariants } from "../../support/jobs/invariants.ts";
import { largestRecord } from "../../support/jobs/largest.ts";

it("the largest possible record is below a store's limit", () => {
  const job = largestRecord();
  expectInvariants(job);
  expect(job.attempt).toBe(JOB_POLICY.maxAttempts);
  const json = JSON.stringify(job);
  // A tenth is left for what a later release adds.
  expect(Buffer.byteLength(json)).toBeLessThan(0.9 * 400 * 1024);
  expect(() => checkRecord(json)).not.toThrow();
});

it("so is the largest record with the longest mix, which fewer pictures are drawn from", () => {
  // The longest that seven digits can be.
  const embedding = Array.from({ length: LIMITS.embedding.max }, () => -1.234567e-10);
  const mix = Array.from({ length: LIMITS.mix.max }, () => ({ embedding, weight: 0.1234567890123456 }));
  const text = "\u0001".repeat(LIMITS.prompt.max);
  const longest = largestRecord();
  const request = { ...generate({ prompt: text, negativePrompt: text }), mix };
  const json = JSON.stringify({ ...longest, request, drawn: longest.drawn.slice(0, LIMITS.count.max) });
  expect(Buffer.byteLength(json)).toBeLessThan(0.9 * 400 * 1024);
  expect(() => checkRecord(json)).not.toThrow();
});

it("a job that is released too often fails with a retryable failure", () => {
  let job = accepted();
  for (let attempt = 1; attempt <= JOB_POLICY.maxAttempts; attempt++) {
    job = transitions.lease(job, "w", START)!;
    job = transitions.release(job, attempt, START)!;
    if (attempt < JOB_POLICY.maxAttempts) expect(job.status).toBe("QUEUED");
  }
  expect(job).toMatchObject({
    status: "FAILED",
    failures: 0,
    lost: 0,
    failure: { code: "WORKER_LOST", retryable: true },
  });
  expectInvariants(job);
});
