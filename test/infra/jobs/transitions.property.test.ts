// Any moves in any order, at any time, by attempts that are alive or long replaced: the record stays sound.
import fc from "fast-check";
import { expect, it } from "vitest";
import { isTerminal, type JobRecord } from "../../../infra/jobs/job.ts";
import * as moves from "../../../infra/jobs/transitions.ts";
import { accepted, FINISH, INTERNAL, NUMERIC, PROGRESS, picture, START } from "../../support/jobs/builders.ts";
import { expectInvariants, expectStep } from "../../support/jobs/invariants.ts";

/** A transition, called with an attempt number that may be older than the record's. */
type Move = (job: JobRecord, now: number, attempt: number, index: number) => JobRecord | undefined;

const HOLDERS: Record<string, Move> = {
  beat: (job, now, attempt) => moves.heartbeat(job, attempt, now),
  progress: (job, now, attempt) => moves.progress(job, attempt, PROGRESS, now),
  drew: (job, now, attempt, index) => moves.addPicture(job, attempt, picture(index), now),
  succeed: (job, now, attempt) => moves.succeed(job, attempt, [picture(1), picture(0), picture(2)], FINISH, now),
  fail: (job, now, attempt) => moves.fail(job, attempt, INTERNAL, now),
  failForGood: (job, now, attempt) => moves.fail(job, attempt, NUMERIC, now),
  handBack: (job, now, attempt) => moves.release(job, attempt, now),
};
const OTHERS: Record<string, Move> = {
  sent: (job, now, attempt) => moves.markSent(job, attempt, now),
  provisioning: (job, now) => moves.provisioning(job, now),
  lease: (job, now) => moves.lease(job, "w", now),
  leaseAgain: (job, now) => moves.lease(job, "w", now),
  cancel: (job, now) => moves.cancel(job, now),
  age: (job, now) => moves.expire(job, now),
  lose: (job, now) => moves.loseWorker(job, now),
  abandon: (job, now) => moves.abandon(job, now),
  hookLater: (job, now) =>
    moves.recordDelivery(job, { url: "u", state: "WAITING", tries: 1, nextAt: now + 5_000 }, now),
  hookNoted: (job, now) => moves.markNotified(job, job.webhook?.tries ?? 0, now),
  hookDone: (job, now) => moves.recordDelivery(job, { url: "u", state: "DELIVERED", tries: 2 }, now),
};
const ALL = { ...HOLDERS, ...OTHERS };

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
const lively = Object.keys(ALL).filter((name) => !["cancel", "succeed", "failForGood", "abandon"].includes(name));

it.each([
  ["all moves", Object.keys(ALL)],
  ["long lives", lively],
  ["a worker's moves", [...Object.keys(HOLDERS), "lease", "lease"]],
])("the invariants hold after any transitions: %s", (_, names) => {
  const property = fc.property(start, fc.array(step(names), { maxLength: 60 }), (order, steps) => {
    let now = START;
    let job = accepted(order, now);
    expectInvariants(job);
    for (const { name, later, behind, index } of steps) {
      now += later;
      const next = ALL[name]!(job, now, job.attempt - behind, index);
      if (next === undefined) continue;
      expectStep(job, next);
      expectInvariants(next);
      if (name in HOLDERS) expect({ behind, status: job.status }).toEqual({ behind: 0, status: "RUNNING" });
      if (isTerminal(job)) expect(name).toMatch(/^hook/);
      job = next;
    }
  });
  fc.assert(property, { numRuns: 250 });
});

it("every job ends by sweeps alone", () => {
  const property = fc.property(start, fc.array(step(lively), { maxLength: 20 }), (order, steps) => {
    let now = START;
    let job = accepted(order, now);
    for (const { name, later, index } of steps) {
      now += later;
      job = ALL[name]!(job, now, job.attempt, index) ?? job;
    }
    for (let sweeps = 0; !isTerminal(job); sweeps++) {
      expect(sweeps).toBeLessThan(100);
      now = Math.max(now, job.wakeAt!);
      job = moves.expire(job, now) ?? moves.markSent(job, job.attempt, now)!;
    }
    expectInvariants(job);
  });
  fc.assert(property, { numRuns: 200 });
});
