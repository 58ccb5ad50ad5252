import { describe, expect, it } from "vitest";
import type { JobRecord } from "../../../infra/jobs/job.ts";
import { JOB_POLICY } from "../../../infra/jobs/policy.ts";
import * as transitions from "../../../infra/jobs/transitions.ts";
import { deliveryDue, needsSending, notificationDue } from "../../../infra/jobs/wake-time.ts";
import { accepted, FINISH, INTERNAL, NUMERIC, PROGRESS, picture, START } from "../../support/jobs/builders.ts";

const last = (job: JobRecord | undefined) => job?.events.at(-1);
const running = (job = accepted(), now = START) => transitions.lease(job, "w1", now)!;
const done = (job = running()) => transitions.succeed(job, job.attempt, [picture(0), picture(1)], FINISH, START + 9)!;

describe("a queued job", () => {
  it("starts with one event and two deadlines", () => {
    const job = accepted({ startSeconds: 60, endSeconds: 600 });
    expect(job).toMatchObject({ version: 1, status: "QUEUED", attempt: 0, startBy: START + 60_000 });
    expect(job).toMatchObject({ endBy: START + 600_000, events: [{ seq: 1, at: START, type: "QUEUED" }] });
    expect(job.webhook).toBeUndefined();
    expect(accepted({ webhook: "https://a.b" }).webhook).toEqual({ url: "https://a.b", state: "WAITING", tries: 0 });
  });

  it("is sent again soon if its message was never sent, and much later if it was", () => {
    const job = accepted();
    expect(job.wakeAt).toBe(START + JOB_POLICY.sendGraceMs);
    expect(needsSending(job, START + JOB_POLICY.sendGraceMs - 1)).toBe(false);
    expect(needsSending(job, START + JOB_POLICY.sendGraceMs)).toBe(true);
    const sent = transitions.markSent(job, 0, START)!;
    expect(needsSending(sent, START + JOB_POLICY.resendMs - 1)).toBe(false);
    expect(needsSending(sent, START + JOB_POLICY.resendMs)).toBe(true);
    expect(sent.events).toBe(job.events);
    expect(needsSending(running(), START + JOB_POLICY.resendMs)).toBe(false);
  });

  it("is sent again at growing intervals: seven times in a day", () => {
    const nextDay = START + 86_400_000;
    let job = transitions.markSent(accepted({ startSeconds: 90_000, endSeconds: 90_000 }), 0, START)!;
    const minutes: number[] = [];
    while (job.wakeAt! < nextDay) {
      expect(needsSending(job, job.wakeAt! - 1)).toBe(false);
      expect(needsSending(job, job.wakeAt!)).toBe(true);
      minutes.push((job.wakeAt! - START) / 60_000);
      job = transitions.markSent(job, 0, job.wakeAt!)!;
    }
    expect(minutes).toEqual([15, 30, 60, 120, 240, 480, 960]);
    // A job that waits again after an attempt starts with the shortest pause.
    const again = transitions.release(running(job, nextDay), 1, nextDay + 9)!;
    expect(transitions.markSent(again, 1, nextDay + 9)!.wakeAt).toBe(nextDay + 9 + JOB_POLICY.resendMs);
  });

  it("ignores a message that was sent for an earlier attempt", () => {
    const again = transitions.release(running(transitions.markSent(accepted(), 0, START)!), 1, START)!;
    expect(again.sentAt).toBeUndefined();
    expect(transitions.markSent(again, 0, START + 1)).toBeUndefined();
    expect(transitions.markSent(again, 1, START + 1)?.sentAt).toBe(START + 1);
    expect(transitions.markSent(running(), 1, START)).toBeUndefined();
  });

  it("gets one PROVISIONING event", () => {
    const updated = transitions.provisioning(accepted(), START)!;
    expect(last(updated)).toEqual({ type: "PROVISIONING", seq: 2, at: START });
    expect(transitions.provisioning(updated, START)).toBeUndefined();
    expect(transitions.provisioning(running(), START)).toBeUndefined();
  });

  it("expires if it is not started or not ended in time", () => {
    const job = accepted({ startSeconds: 60, endSeconds: 90 });
    expect(transitions.expire(job, START + 59_999)).toBeUndefined();
    expect(last(transitions.expire(job, START + 60_000))).toMatchObject({ type: "EXPIRED", deadline: "START" });
    expect(last(transitions.expire(job, START + 90_000))).toMatchObject({ type: "EXPIRED", deadline: "END" });
    expect(transitions.lease(job, "w", START + 60_000)).toBeUndefined();
    const started = transitions.release(running(job), 1, START)!;
    expect(transitions.expire(started, START + 60_000)).toBeUndefined();
    expect(last(transitions.expire(started, START + 90_000))).toMatchObject({ deadline: "END" });
  });
});

describe("a running job", () => {
  it("has an attempt, a lease and a start time", () => {
    const job = running();
    expect(job).toMatchObject({ attempt: 1, lease: { worker: "w1", until: START + 30_000 }, startedAt: START });
    expect(last(job)).toMatchObject({ type: "STARTED", attempt: 1 });
    expect(transitions.lease(job, "w2", START)).toBeUndefined();
    const second = transitions.lease(transitions.release(job, 1, START + 5)!, "w2", START + 6)!;
    expect(second).toMatchObject({ attempt: 2, startedAt: START, lease: { worker: "w2" } });
  });

  it("lives as long as its heartbeats arrive", () => {
    const beaten = transitions.heartbeat(running(), 1, START + 29_000)!;
    expect(beaten).toMatchObject({ lease: { worker: "w1", until: START + 59_000 }, wakeAt: START + 59_000 });
    expect(transitions.expire(beaten, START + 58_999)).toBeUndefined();
    expect(transitions.expire(beaten, START + 59_000)).toMatchObject({ status: "QUEUED", lost: 1, failures: 0 });
    expect(transitions.heartbeat(running(accepted({ endSeconds: 10 })), 1, START)?.wakeAt).toBe(START + 10_000);
  });

  it("records progress at a limited rate and a limited number of times", () => {
    const updated = transitions.progress(running(), 1, PROGRESS, START)!;
    expect(last(updated)).toMatchObject({ type: "PROGRESS", ...PROGRESS });
    expect(transitions.progress(updated, 1, PROGRESS, START + JOB_POLICY.progressMs - 1)).toBeUndefined();
    expect(last(transitions.progress(updated, 1, { ...PROGRESS, stage: "another" }, START)!)).toMatchObject({
      stage: "another",
    });
    let job: JobRecord | undefined = updated;
    for (let i = 1; i < JOB_POLICY.progressEvents; i++)
      job = transitions.progress(job!, 1, PROGRESS, START + i * JOB_POLICY.progressMs);
    expect(job?.events).toHaveLength(2 + JOB_POLICY.progressEvents);
    expect(transitions.progress(job!, 1, PROGRESS, START + 1e9)).toBeUndefined();
    expect(JSON.stringify(job).length).toBeLessThan(200_000);
  });

  it("stores each picture once, in order, and rejects an index out of range", () => {
    const both = transitions.addPicture(
      transitions.addPicture(running(), 1, picture(1), START)!,
      1,
      picture(0),
      START,
    )!;
    expect(both.drawn.map(({ index }) => index)).toEqual([0, 1]);
    expect(last(both)).toMatchObject({ type: "PICTURE_READY", ...picture(0) });
    expect(transitions.addPicture(both, 1, picture(1), START)).toBeUndefined();
    const seen = { ...picture(0), embedding: { clip: "c", direction: "fw==" } };
    const found = transitions.addPicture(running(), 1, seen, START)!;
    expect([found.drawn, last(found)]).toEqual([[seen], { type: "PICTURE_READY", ...picture(0), seq: 3, at: START }]);
    for (const index of [2, -1, 0.5])
      expect(() => transitions.addPicture(running(), 1, picture(index), START)).toThrow("job");
  });

  it.each(["heartbeat", "addPicture", "progress", "release", "fail", "succeed"] as const)(
    "refuses %s of a stale attempt",
    (move) => {
      const second = transitions.lease(transitions.release(running(), 1, START)!, "w2", START)!;
      for (const [job, attempt] of [
        [second, 1],
        [second, 3],
        [accepted(), 0],
        [done(), 1],
      ] as const) {
        const made = {
          heartbeat: () => transitions.heartbeat(job, attempt, START),
          addPicture: () => transitions.addPicture(job, attempt, picture(0), START),
          progress: () => transitions.progress(job, attempt, PROGRESS, START),
          release: () => transitions.release(job, attempt, START),
          fail: () => transitions.fail(job, attempt, INTERNAL, START),
          succeed: () => transitions.succeed(job, attempt, [picture(0), picture(1)], FINISH, START),
        };
        expect(made[move]()).toBeUndefined();
      }
    },
  );
});

describe("a failed attempt", () => {
  it("is retried after 2 s and 8 s, then the job fails", () => {
    let job: JobRecord = accepted();
    for (const pause of [2_000, 8_000]) {
      const now = job.notBefore;
      job = transitions.fail(running(job, now), job.attempt + 1, INTERNAL, now)!;
      expect(job).toMatchObject({ status: "QUEUED", notBefore: now + pause });
      expect(last(job)).toMatchObject({ type: "RETRYING", failure: INTERNAL, notBefore: now + pause });
      expect(transitions.lease(job, "w", now + pause - 1)).toBeUndefined();
    }
    job = transitions.fail(running(job, job.notBefore), 3, INTERNAL, job.notBefore)!;
    expect(job).toMatchObject({ status: "FAILED", failures: 3, failure: INTERNAL, wakeAt: undefined });
    expect(last(job)).toMatchObject({ type: "FAILED", failure: INTERNAL });
  });

  it("is not retried if the failure is not retryable", () => {
    expect(transitions.fail(running(), 1, NUMERIC, START)).toMatchObject({
      status: "FAILED",
      failures: 1,
      failure: NUMERIC,
    });
  });

  it("is counted apart if its worker is lost; the job fails at the fifth loss", () => {
    let job: JobRecord = accepted();
    for (let lost = 1; lost < JOB_POLICY.maxLost; lost++) {
      job = transitions.loseWorker(running(job, job.notBefore), job.notBefore)!;
      expect(job).toMatchObject({ status: "QUEUED", lost, failures: 0 });
    }
    job = transitions.loseWorker(running(job, job.notBefore), job.notBefore)!;
    expect(job).toMatchObject({ status: "FAILED", lost: 5, failure: { code: "WORKER_LOST", retryable: true } });
    expect(transitions.loseWorker(accepted(), START)).toBeUndefined();
  });

  it("is not counted if it was released, and the job is requeued at once", () => {
    const back = transitions.release(running(), 1, START + 7)!;
    expect(back).toMatchObject({ status: "QUEUED", failures: 0, lost: 0, notBefore: START + 7, lease: undefined });
    expect(last(back)?.type).toBe("RELEASED");
  });
});

describe("the end of a job", () => {
  it("adds the pictures that were not recorded yet in the same write", () => {
    const job = transitions.addPicture(running(), 1, picture(1), START)!;
    const ended = done(job);
    expect(ended).toMatchObject({ version: job.version + 1, status: "SUCCEEDED", endedAt: START + 9, ...FINISH });
    expect(ended.drawn).toEqual([picture(0), picture(1)]);
    expect(ended.events.slice(-2).map(({ type }) => type)).toEqual(["PICTURE_READY", "SUCCEEDED"]);
    expect(() => transitions.succeed(running(), 1, [picture(0)], FINISH, START)).toThrow("1 of 2");
  });

  it("comes once by cancellation, of a queued or a running job", () => {
    for (const job of [accepted(), running()]) {
      const ended = transitions.cancel(job, START + 1)!;
      expect(ended).toMatchObject({ status: "CANCELED", endedAt: START + 1, lease: undefined, wakeAt: undefined });
      expect(
        [transitions.cancel, transitions.expire, transitions.loseWorker, transitions.provisioning].map((move) =>
          move(ended, 1e15),
        ),
      ).toEqual(Array(4).fill(undefined));
    }
  });

  it("queues one webhook message per try, and another one if that may be lost", () => {
    const ended = transitions.cancel(accepted({ webhook: "https://a.b" }), START)!;
    expect([START - 1, START].map((now) => notificationDue(ended, now))).toEqual([false, true]);
    const notified = transitions.markNotified(ended, 0, START + 9)!;
    expect(notified).toMatchObject({ wakeAt: START + 9 + JOB_POLICY.resendMs, webhook: { tries: 0, nextAt: START } });
    expect(
      [JOB_POLICY.resendMs + 8, JOB_POLICY.resendMs + 9].map((ms) => notificationDue(notified, START + ms)),
    ).toEqual([false, true]);
    // To be tried it is all the time.
    expect(deliveryDue(notified, START + 9)).toBe(true);
    const later = START + 4 * JOB_POLICY.resendMs;
    expect(transitions.markNotified(notified, 0, later)!.wakeAt).toBe(later + 4 * JOB_POLICY.resendMs);
    // A message counts only until the next try, even if it is recorded after that try.
    const { notifiedAt: _, ...requested } = notified.webhook!;
    const tried = transitions.recordDelivery(notified, { ...requested, tries: 1, nextAt: START + 5_000 }, START + 10)!;
    expect(tried.wakeAt).toBe(START + 5_000);
    expect(transitions.markNotified(tried, 0, START + 6_000)).toBeUndefined();
    expect(transitions.markNotified(tried, 1, START + 4_999)).toBeUndefined();
    expect(transitions.markNotified(tried, 1, START + 5_000)?.webhook?.notifiedAt).toBe(START + 5_000);
    expect(transitions.markNotified(accepted({ webhook: "https://a.b" }), 0, START)).toBeUndefined();
  });

  it("makes the webhook due", () => {
    const ended = transitions.cancel(accepted({ webhook: "https://a.b" }), START)!;
    expect(ended).toMatchObject({ wakeAt: START, webhook: { nextAt: START } });
    expect([START - 1, START].map((now) => deliveryDue(ended, now))).toEqual([false, true]);
    const waiting = { ...ended.webhook!, tries: 1, nextAt: START + 5_000 };
    const later = transitions.recordDelivery(ended, waiting, START)!;
    expect(later).toMatchObject({ wakeAt: START + 5_000, endedAt: START, status: "CANCELED" });
    const updated = transitions.recordDelivery(later, { ...waiting, state: "DELIVERED" }, START)!;
    expect(updated.wakeAt).toBeUndefined();
    expect(deliveryDue(updated, 1e15)).toBe(false);
    expect(transitions.recordDelivery(updated, waiting, START)).toBeUndefined();
    expect(transitions.recordDelivery(accepted({ webhook: "https://a.b" }), waiting, START)).toBeUndefined();
  });
});
