// Any transitions in any order, at any time, by current and replaced attempts: the invariants of the record hold.
import fc from "fast-check";
import { expect, it } from "vitest";
import { isTerminal, type JobRecord } from "../../../infra/jobs/job.ts";
import * as transitions from "../../../infra/jobs/transitions.ts";
import { accepted, FINISH, INTERNAL, NUMERIC, PROGRESS, picture, START } from "../../support/jobs/builders.ts";
import { expectStep } from "../../support/jobs/expect-step.ts";
import { expectInvariants } from "../../support/jobs/invariants.ts";

/** A transition, called with an attempt number that may be older than the record's. */
type Transition = (job: JobRecord, now: number, attempt: number, index: number) => JobRecord | undefined;

const HOLDERS: Record<string, Transition> = {
  heartbeat: (job, now, attempt) => transitions.heartbeat(job, attempt, now),
  progress: (job, now, attempt) => transitions.progress(job, attempt, PROGRESS, now),
  addPicture: (job, now, attempt, index) => transitions.addPicture(job, attempt, picture(index), now),
  succeed: (job, now, attempt) => transitions.succeed(job, attempt, [picture(1), picture(0), picture(2)], FINISH, now),
  fail: (job, now, attempt) => transitions.fail(job, attempt, INTERNAL, now),
  failFinally: (job, now, attempt) => transitions.fail(job, attempt, NUMERIC, now),
  release: (job, now, attempt) => transitions.release(job, attempt, now),
};
const OTHERS: Record<string, Transition> = {
  markSent: (job, now, attempt) => transitions.markSent(job, attempt, now),
  provisioning: (job, now) => transitions.provisioning(job, now),
  lease: (job, now) => transitions.lease(job, "w", now),
  leaseAgain: (job, now) => transitions.lease(job, "w", now),
  cancel: (job, now) => transitions.cancel(job, now),
  expire: (job, now) => transitions.expire(job, now),
  loseWorker: (job, now) => transitions.loseWorker(job, now),
  abandon: (job, now) => transitions.abandon(job, now),
};
/** The only transitions after a job's end. */
const DELIVERIES: Record<string, Transition> = {
  deliveryRetry: (job, now) =>
    transitions.recordDelivery(job, { url: "u", state: "WAITING", tries: 1, nextAt: now + 5_000 }, now),
  markNotified: (job, now) => transitions.markNotified(job, job.webhook?.tries ?? 0, now),
  deliveryDone: (job, now) => transitions.recordDelivery(job, { url: "u", state: "DELIVERED", tries: 2 }, now),
};
const ALL = { ...HOLDERS, ...OTHERS, ...DELIVERIES };

const step = (names: string[]) =>
  fc.record({
    name: fc.constantFrom(...names),
    later: fc.oneof(fc.constant(0), fc.nat(1_000), fc.nat(12_000), fc.nat(40_000), fc.nat(1_000_000)),
    behind: fc.constantFrom(0, 0, 0, 1, -1),
    index: fc.nat(2),
  });

const start = fc.record({
  pictures: fc.constant(3),
  startSeconds: fc.integer({ min: 1, max: 2_000 }),
  endSeconds: fc.integer({ min: 1, max: 10_000 }),
  webhook: fc.constantFrom(undefined, "https://example.com/hook"),
});

/** Terminal transitions are rare, so that jobs have long histories. */
const lively = Object.keys(ALL).filter((name) => !["cancel", "succeed", "failFinally", "abandon"].includes(name));

it.each([
  ["all transitions", Object.keys(ALL)],
  ["long lives", lively],
  ["a worker's transitions", [...Object.keys(HOLDERS), "lease", "lease"]],
])("the invariants hold after any transitions: %s", (_, names) => {
  const property = fc.property(start, fc.array(step(names), { maxLength: 60 }), (newJob, steps) => {
    let now = START;
    let job = accepted(newJob, now);
    expectInvariants(job);
    for (const { name, later, behind, index } of steps) {
      now += later;
      const next = ALL[name]!(job, now, job.attempt - behind, index);
      if (next === undefined) continue;
      expectStep(job, next);
      expectInvariants(next);
      if (name in HOLDERS) expect({ behind, status: job.status }).toEqual({ behind: 0, status: "RUNNING" });
      if (isTerminal(job)) expect(Object.keys(DELIVERIES)).toContain(name);
      job = next;
    }
  });
  fc.assert(property, { numRuns: 250 });
});

it("every job ends by sweeps alone", () => {
  const property = fc.property(start, fc.array(step(lively), { maxLength: 20 }), (newJob, steps) => {
    let now = START;
    let job = accepted(newJob, now);
    for (const { name, later, index } of steps) {
      now += later;
      job = ALL[name]!(job, now, job.attempt, index) ?? job;
    }
    for (let sweeps = 0; !isTerminal(job); sweeps++) {
      expect(sweeps).toBeLessThan(100);
      now = Math.max(now, job.wakeAt!);
      job = transitions.expire(job, now) ?? transitions.markSent(job, job.attempt, now)!;
    }
    expectInvariants(job);
  });
  fc.assert(property, { numRuns: 200 });
});
