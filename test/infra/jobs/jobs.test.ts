import { describe, expect, it } from "vitest";
import type { JobRecord, WebhookJob } from "../../../infra/jobs/job.ts";
import { Jobs } from "../../../infra/jobs/jobs.ts";
import { JOB_POLICY } from "../../../infra/jobs/policy.ts";
import * as transitions from "../../../infra/jobs/transitions.ts";
import { compareAndSwap } from "../../../infra/jobs/update.ts";
import { systemClock } from "../../../infra/ports.ts";
import { failOn, faulty } from "../../support/faults.ts";
import { INTERNAL, START } from "../../support/jobs/builders.ts";
import { InMemoryService } from "../../support/jobs/in-memory-service.ts";
import { intercept } from "../../support/jobs/intercept.ts";
import { leaseJob, submitJob } from "../../support/jobs/leased.ts";
import { fakeTime, pass } from "../../support/jobs/time.ts";

fakeTime();

describe("an owner", () => {
  it("sees and cancels only own jobs", async () => {
    const { jobs, id, service } = await submitJob();
    expect(await jobs.of("bob").get(id)).toBeUndefined();
    expect(await jobs.of("bob").cancel(id)).toBeUndefined();
    expect(await jobs.of("bob").watch(id, 0)).toBeUndefined();
    expect(await jobs.of("bob").list({ first: 9 })).toEqual([]);
    expect(await jobs.of("ada").get("never")).toBeUndefined();
    expect(service.job(id).status).toBe("QUEUED");
    expect(await jobs.of("ada").list({ first: 9 })).toEqual([service.job(id)]);
    expect(await jobs.of("ada").cancel(id)).toMatchObject({ status: "CANCELED" });
    const once = service.job(id);
    expect(await jobs.of("ada").cancel(id)).toBe(once);
    const seen = [];
    for await (const { event } of (await jobs.of("ada").watch(id, 0))!) seen.push(event.type);
    expect(seen).toEqual(["QUEUED", "CANCELED"]);
  });

  it("sees that a machine is starting", async () => {
    const { jobs, id, service } = await submitJob();
    await jobs.provisioning(id);
    await jobs.provisioning(id);
    await jobs.provisioning("never");
    expect(service.eventTypes(id)).toEqual(["QUEUED", "PROVISIONING"]);
  });
});

describe("a transition", () => {
  it("is not refused because of an outdated record", async () => {
    const { id, store } = await submitJob();
    const known = store.records.get(id)!;
    const later = (job: JobRecord) => (job.version > known.version ? transitions.cancel(job, START) : undefined);
    expect(await compareAndSwap(store, id, later, known)).toMatchObject({ changed: false, record: { version: 2 } });
    await compareAndSwap(store, id, (job) => transitions.provisioning(job, START));
    expect(await compareAndSwap(store, id, later, known)).toMatchObject({ changed: true, record: { version: 4 } });
    expect(await compareAndSwap(store, "never", later)).toEqual({ changed: false, record: undefined });
  });
});

describe("a lease", () => {
  it("is held by one worker, and never of a job that ended or does not exist", async () => {
    const { jobs, id, service } = await submitJob();
    const [first, second] = await Promise.all([jobs.lease(id, "a"), service.createJobs().lease(id, "b")]);
    expect([first.type, second.type]).toEqual(["LEASED", "NOTHING"]);
    expect(service.job(id)).toMatchObject({ attempt: 1, lease: { worker: "a" } });
    await jobs.of("ada").cancel(id);
    expect(await jobs.lease(id, "b")).toEqual({ type: "NOTHING" });
    expect(await jobs.lease("never", "b")).toEqual({ type: "NOTHING" });
  });

  it("is possible after the job's pause, and reports the remaining time", async () => {
    const { jobs, id, queue, service } = await submitJob();
    await (await leaseJob(jobs, id)).fail(INTERNAL);
    expect(service.job(id).sentAt).toBe(START);
    expect([...queue.messages].map(({ visibleAt }) => visibleAt - START)).toEqual([0, 2_000]);
    expect(await jobs.lease(id, "w")).toEqual({ type: "EARLY", seconds: 2 });
    await pass(1_100);
    expect(await jobs.lease(id, "w")).toEqual({ type: "EARLY", seconds: 1 });
    await pass(900);
    expect((await leaseJob(jobs, id)).number).toBe(2);
  });

  it("takes over a silent worker's job after a pause, and expires one past its deadline", async () => {
    const { jobs, id, service } = await submitJob({ endSeconds: 40 });
    await leaseJob(jobs, id);
    await pass(29_900);
    expect(await jobs.lease(id, "b")).toEqual({ type: "NOTHING" });
    await pass(100);
    expect(await jobs.lease(id, "b")).toEqual({ type: "EARLY", seconds: 2 });
    expect(service.job(id)).toMatchObject({ status: "QUEUED", lost: 1, sentAt: START + 30_000 });
    await pass(10_000);
    expect(await jobs.lease(id, "b")).toEqual({ type: "NOTHING" });
    expect(service.eventTypes(id)).toEqual(["QUEUED", "STARTED", "RETRYING", "EXPIRED"]);
  });
});

describe("a sweep", () => {
  it("requeues a lost worker's job in the same sweep", async () => {
    const { jobs, id, queue, service } = await submitJob();
    await leaseJob(jobs, id);
    queue.messages.clear();
    await pass(30_000);
    await jobs.sweep();
    expect(service.job(id)).toMatchObject({ status: "QUEUED", lost: 1, sentAt: START + 30_000 });
    expect([...queue.messages].map(({ visibleAt }) => visibleAt)).toEqual([START + 32_000]);
  });

  it("resends messages that were not received, and expires jobs that were never started", async () => {
    const { jobs, id, queue, service } = await submitJob({ startSeconds: 1_000 });
    queue.messages.clear();
    await pass(900_000, 10_000);
    await jobs.sweep();
    expect(queue.messages.size).toBe(1);
    await pass(100_000, 10_000);
    await jobs.sweep();
    expect(await jobs.dueWebhooks({ total: 9, perOwner: 9 })).toEqual([]);
    expect(service.job(id)).toMatchObject({ status: "EXPIRED" });
  });

  it("is followed by exactly the webhooks that are due", async () => {
    const { jobs, id, service } = await submitJob({ webhook: "https://a.b", endSeconds: 60 });
    await service.submit({ endSeconds: 60 });
    await pass(60_000);
    await jobs.sweep();
    const hooks = async () => (await jobs.dueWebhooks({ total: 9, perOwner: 9 })).map((job) => job.id);
    expect(await hooks()).toEqual([id]);
    // Until the try is written down, or a note of it is on its way, it is due.
    expect(await hooks()).toEqual([id]);
    await jobs.markNotified(service.job(id) as WebhookJob);
    expect(await hooks()).toEqual([]);
    await pass(JOB_POLICY.resendMs, 60_000);
    expect(await hooks()).toEqual([id]);
  });

  it("reports whether there is more to do, and no more if everything fails", async () => {
    let down = false;
    const service = new InMemoryService((ports) => ({
      ...ports,
      queue: intercept(ports.queue, (_, call) => (down ? Promise.reject(new Error("down")) : call())),
    }));
    for (let i = 0; i < 5; i++) await service.submit({ startSeconds: 2_000 });
    await service.jobs.settled();
    await pass(JOB_POLICY.resendMs - 1, 60_000);
    expect(await service.jobs.sweep(2)).toBe(false);
    await pass(1);
    down = true;
    expect(await service.jobs.sweep(2)).toBe(false);
    down = false;
    const more: boolean[] = [];
    do more.push(await service.jobs.sweep(2));
    while (more.at(-1));
    expect(more).toEqual([true, true, false]);
    expect(service.queue.messages.size).toBe(10);
  });

  it("handles records concurrently, without reading them again", async () => {
    const calls: string[] = [];
    let open = 0;
    let most = 0;
    const slow = async (method: string, call: () => Promise<unknown>) => {
      calls.push(method);
      most = Math.max(most, ++open);
      await new Promise((resolve) => setTimeout(resolve, 100));
      open--;
      return call();
    };
    const service = new InMemoryService();
    for (let i = 0; i < 100; i++) await service.submit({ quota: 1_000, startSeconds: 2_000 });
    await service.jobs.settled();
    await pass(JOB_POLICY.resendMs, 60_000);
    const { store, queue } = service.ports;
    const jobs = new Jobs({ store: intercept(store, slow), queue: intercept(queue, slow), clock: systemClock });
    const swept = jobs.sweep(1_000);
    await pass(900);
    await swept;
    expect(most).toBe(25);
    expect(calls.sort()).toEqual([...Array(1).fill("due"), ...Array(100).fill("replace"), ...Array(100).fill("send")]);
  });

  it("continues after a record that cannot be written", async () => {
    const service = new InMemoryService((ports) => ({
      ...ports,
      store: faulty(ports.store, failOn("replace", 3, "before")),
    }));
    const ids = [await service.submit({ endSeconds: 60 }), await service.submit({ endSeconds: 60 })];
    await service.jobs.settled();
    await pass(60_000);
    await service.jobs.sweep();
    expect(ids.map((id) => service.job(id).status)).toEqual(["QUEUED", "EXPIRED"]);
    expect(service.errors).toEqual([`sweeping job ${ids[0]}`]);
    await service.jobs.sweep();
    expect(service.job(ids[0]!).status).toBe("EXPIRED");
  });

  it("is not misled by an earlier message that is recorded late", async () => {
    let sends = 0;
    // The first message arrives at once, but its sender gets the response later; the second one is never sent.
    const service = new InMemoryService((ports) => ({
      ...ports,
      queue: intercept(ports.queue, async (method, call) => {
        if (method === "send" && ++sends === 2) throw new Error("down");
        await call();
        if (method === "send") await new Promise((resolve) => setTimeout(resolve, 1_000));
      }),
    }));
    const id = await service.submit();
    await expect((await leaseJob(service.jobs, id)).release()).rejects.toThrow("down");
    service.queue.messages.clear();
    await pass(1_000);
    expect(service.job(id)).toMatchObject({ status: "QUEUED", sentAt: undefined });
    await pass(4_000);
    void service.jobs.sweep();
    await pass(1_000);
    expect(service.queue.messages.size).toBe(1);
  });

  it("reclaims running jobs when a single process restarts", async () => {
    const { jobs, id, queue, service } = await submitJob();
    const waiting = await service.submit();
    await leaseJob(jobs, id);
    expect(await service.createJobs().reclaim()).toBe(1);
    expect(service.job(id)).toMatchObject({ status: "QUEUED", lost: 1, sentAt: START });
    expect(service.job(waiting).lost).toBe(0);
    expect(queue.messages.size).toBe(3);
    expect(await jobs.reclaim()).toBe(0);
  });
});
