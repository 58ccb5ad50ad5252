// Invariants of every record. Each line is a guarantee to clients.
import assert from "node:assert/strict";
import { isTerminal, type JobRecord } from "../../../infra/jobs/job.ts";
import { JOB_POLICY } from "../../../infra/jobs/policy.ts";
import * as transitions from "../../../infra/jobs/transitions.ts";
import { deliveryDue, needsSending, notificationDue } from "../../../infra/jobs/wake-time.ts";

const ENDS = ["SUCCEEDED", "FAILED", "CANCELED", "EXPIRED"];

export function expectInvariants(job: JobRecord): void {
  const { events, status, drawn, pictures } = job;
  assert.deepEqual(
    events.map(({ seq }) => seq),
    events.map((_, i) => i + 1),
  );
  assert.equal(events[0]?.type, "QUEUED");
  const ends = events.filter(({ type }) => ENDS.includes(type));
  assert.deepEqual(
    ends.map(({ type }) => type),
    isTerminal(job) ? [status] : [],
  );
  if (isTerminal(job)) assert.equal(events.at(-1), ends[0]);
  assert.equal(job.lease !== undefined, status === "RUNNING");
  assert.equal(job.endedAt !== undefined, isTerminal(job));
  assert.equal(job.failure !== undefined, status === "FAILED");
  assert.equal(job.startedAt !== undefined, job.attempt > 0);
  assert.equal(events.filter(({ type }) => type === "STARTED").length, job.attempt);
  const indexes = drawn.map(({ index }) => index);
  const ascending = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);
  assert.deepEqual(indexes, ascending([...new Set(indexes)]));
  assert(indexes.every((index) => index >= 0 && index < pictures));
  const received = events.flatMap((event) => (event.type === "PICTURE_READY" ? [event.index] : []));
  assert.deepEqual(ascending(received), indexes);
  if (status === "SUCCEEDED") assert.equal(drawn.length, pictures);
  assert(job.failures <= JOB_POLICY.maxFailures);
  assert(job.lost <= JOB_POLICY.maxLost);
  expectAwake(job);
}

/** The sweeper comes before a deadline passes unseen, and what it comes for, it can do. */
function expectAwake(job: JobRecord): void {
  const { wakeAt, startBy, endBy, attempt, lease, webhook } = job;
  if (isTerminal(job)) {
    assert.equal(wakeAt !== undefined, webhook?.state === "WAITING");
    if (wakeAt === undefined) return;
    assert.deepEqual(
      [wakeAt - 1, wakeAt].map((now) => notificationDue(job, now)),
      [false, true],
    );
    assert(deliveryDue(job, wakeAt));
    if (webhook?.notifiedAt === undefined) assert.equal(wakeAt, webhook?.nextAt);
    else assert(wakeAt >= webhook.notifiedAt + JOB_POLICY.resendMs);
    return;
  }
  assert(wakeAt !== undefined);
  assert(wakeAt <= Math.min(endBy, lease?.until ?? endBy, attempt === 0 ? startBy : endBy));
  assert(transitions.expire(job, wakeAt) !== undefined || needsSending(job, wakeAt));
}
