// Invariants of every record. Each line is a guarantee to clients.
import { expect } from "vitest";
import { isTerminal, type JobRecord } from "../../../infra/jobs/job.ts";
import { JOB_POLICY } from "../../../infra/jobs/policy.ts";
import * as transitions from "../../../infra/jobs/transitions.ts";
import { deliveryDue, needsSending, notificationDue } from "../../../infra/jobs/wake-time.ts";

const ENDS = ["SUCCEEDED", "FAILED", "CANCELED", "EXPIRED"];

export function expectInvariants(job: JobRecord): void {
  const { events, status, drawn, pictures } = job;
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
  expect(events[0]?.type).toBe("QUEUED");
  const ends = events.filter(({ type }) => ENDS.includes(type));
  expect(ends.map(({ type }) => type)).toEqual(isTerminal(job) ? [status] : []);
  if (isTerminal(job)) expect(events.at(-1)).toBe(ends[0]);
  expect(job.lease !== undefined).toBe(status === "RUNNING");
  expect(job.endedAt !== undefined).toBe(isTerminal(job));
  expect(job.failure !== undefined).toBe(status === "FAILED");
  expect(job.startedAt !== undefined).toBe(job.attempt > 0);
  expect(events.filter(({ type }) => type === "STARTED")).toHaveLength(job.attempt);
  const indexes = drawn.map(({ index }) => index);
  expect(indexes).toEqual([...new Set(indexes)].sort((a, b) => a - b));
  expect(indexes.every((index) => index >= 0 && index < pictures)).toBe(true);
  const received = events.flatMap((event) => (event.type === "PICTURE_READY" ? [event.index] : []));
  expect(received.sort((a, b) => a - b)).toEqual(indexes);
  if (status === "SUCCEEDED") expect(drawn).toHaveLength(pictures);
  expect(job.failures).toBeLessThanOrEqual(JOB_POLICY.maxFailures);
  expect(job.lost).toBeLessThanOrEqual(JOB_POLICY.maxLost);
  expectAwake(job);
}

/** The sweeper comes before a deadline passes unseen, and what it comes for, it can do. */
function expectAwake(job: JobRecord): void {
  const { wakeAt, startBy, endBy, attempt, lease, webhook } = job;
  if (isTerminal(job)) {
    expect(wakeAt !== undefined).toBe(webhook?.state === "WAITING");
    if (wakeAt === undefined) return;
    expect([wakeAt - 1, wakeAt].map((now) => notificationDue(job, now))).toEqual([false, true]);
    expect(deliveryDue(job, wakeAt)).toBe(true);
    if (webhook?.notifiedAt === undefined) expect(wakeAt).toBe(webhook?.nextAt);
    else expect(wakeAt).toBeGreaterThanOrEqual(webhook.notifiedAt + JOB_POLICY.resendMs);
    return;
  }
  expect(wakeAt).toBeDefined();
  expect(wakeAt).toBeLessThanOrEqual(Math.min(endBy, lease?.until ?? endBy, attempt === 0 ? startBy : endBy));
  expect(transitions.expire(job, wakeAt!) !== undefined || needsSending(job, wakeAt!)).toBe(true);
}

/** Checks that a transition changed a record only as allowed. */
export function expectStep(before: JobRecord, after: JobRecord): void {
  expect(after.version).toBe(before.version + 1);
  expect(after.events.slice(0, before.events.length)).toEqual(before.events);
  const news = after.events.slice(before.events.length);
  expect(after.attempt - before.attempt).toBe(news.filter(({ type }) => type === "STARTED").length);
  expect(after.drawn).toEqual(expect.arrayContaining([...before.drawn]));
  for (const key of ["id", "owner", "request", "fingerprint", "pictures", "createdAt", "startBy", "endBy"] as const) {
    expect(after[key]).toBe(before[key]);
  }
  if (!isTerminal(before)) return;
  // After the job's end, only the webhook's state changes.
  const { webhook: _, wakeAt: _w, version: _v, updatedAt: _u, ...rest } = after;
  expect(before).toMatchObject(rest);
}
