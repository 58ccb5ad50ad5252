import { describe, expect, it } from "vitest";
import type { JobRequest } from "../../../infra/jobs/job.ts";
import { Jobs } from "../../../infra/jobs/jobs.ts";
import type { Submitted } from "../../../infra/jobs/submit.ts";
import { systemClock } from "../../../infra/ports.ts";
import { picturesOf } from "../../../models/work.ts";
import { generate, START, submitOptions } from "../../support/jobs/builders.ts";
import { InMemoryService } from "../../support/jobs/in-memory-service.ts";
import { intercept, withLatency } from "../../support/jobs/intercept.ts";
import { fakeTime, pass } from "../../support/jobs/time.ts";

fakeTime();

const slowService = () => new InMemoryService((ports) => ({ ...ports, store: withLatency(ports.store) }));
const types = (all: Submitted[]) =>
  all.map((one) => (one.type === "ACCEPTED" ? `${one.type} ${one.duplicate}` : one.type));
const twenty = <Out>(make: (i: number) => Out) => Array.from({ length: 20 }, (_, i) => make(i));

async function all(submits: Promise<Submitted>[]): Promise<Submitted[]> {
  const done = Promise.all(submits);
  done.catch(() => {});
  await pass(10_000);
  return done;
}

describe("a submit", () => {
  it("creates the record, sends the message, and records that it was sent", async () => {
    const { jobs, store, queue } = new InMemoryService();
    const submitted = await jobs.submit(submitOptions({ webhook: "https://a.b", endSeconds: 60 }));
    await jobs.settled();
    const [job] = store.records.values();
    expect(submitted).toMatchObject({ type: "ACCEPTED", duplicate: false, job: { id: job!.id, status: "QUEUED" } });
    expect(job).toMatchObject({ owner: "ada", pictures: 2, sentAt: START, endBy: START + 60_000 });
    expect(job?.webhook).toMatchObject({ url: "https://a.b" });
    expect([...queue.messages].map(({ job }) => job)).toEqual([{ id: job!.id }]);
  });

  it("counts the pictures of each kind of request", () => {
    const image = { key: "k", sha256: "s" };
    const drawing = { size: 64, seed: 1, preset: "draft" } as const;
    expect(picturesOf(generate({ count: 5 }))).toBe(5);
    const variations: JobRequest = { kind: "variations", image, strength: 1, count: 4, ...drawing };
    const manipulate: JobRequest = { kind: "manipulate", image, to: "x", amount: 1, frames: 3, ...drawing };
    expect(picturesOf(variations)).toBe(4);
    expect(picturesOf(manipulate)).toBe(3);
  });

  it("succeeds although the message cannot be sent; the sweeper sends it", async () => {
    let down = true;
    const service = new InMemoryService((ports) => ({
      ...ports,
      queue: intercept(ports.queue, (_, call) => (down ? Promise.reject(new Error("down")) : call())),
    }));
    const id = await service.submit();
    await service.jobs.settled();
    expect(service.errors).toEqual([`sending job ${id}`]);
    expect(service.queue.messages.size).toBe(0);
    down = false;
    await pass(4_900);
    await service.jobs.sweep();
    expect(service.queue.messages.size).toBe(0);
    await pass(100);
    await service.jobs.sweep();
    expect(service.queue.messages.size).toBe(1);
    expect(service.job(id).sentAt).toBe(START + 5_000);
    await service.jobs.sweep();
    expect(service.queue.messages.size).toBe(1);
  });
});

describe("an idempotency key", () => {
  it("creates one job for twenty concurrent submits, in one process or several", async () => {
    for (const processes of [1, 20]) {
      const service = slowService();
      const jobs = Array.from({ length: processes }, () => service.createJobs());
      // Twenty of two pictures would not fit; one does, and the others are that one.
      const submits = twenty((i) => jobs[i % processes]!.submit(submitOptions({ idempotencyKey: "k", quota: 2 })));
      const submitted = await all(submits);
      expect(service.store.records.size).toBe(1);
      expect(types(submitted).sort()).toEqual(["ACCEPTED false", ...Array(19).fill("ACCEPTED true")]);
      expect(new Set(submitted.map((one) => one.type === "ACCEPTED" && one.job.id)).size).toBe(1);
      await Promise.all(jobs.map((one) => one.settled()));
      expect(service.queue.messages.size).toBe(1);
    }
  });

  it("finds the job that another process accepted while this one was counting", async () => {
    const service = new InMemoryService();
    const first = service.createJobs();
    const store = intercept(service.store, async (method, call) => {
      if (method === "picturesInFlight") await first.submit(submitOptions({ idempotencyKey: "k", quota: 2 }));
      return call();
    });
    const second = new Jobs({ ...service.ports, store, clock: systemClock });
    const submitted = await second.submit(submitOptions({ idempotencyKey: "k", quota: 2 }));
    expect(submitted).toMatchObject({ type: "ACCEPTED", duplicate: true });
  });

  it("finds its job again, even ended or with the quota used up", async () => {
    const { jobs } = new InMemoryService();
    const first = await jobs.submit(submitOptions({ idempotencyKey: "k" }));
    if (first.type !== "ACCEPTED") throw new Error(first.type);
    await jobs.of("ada").cancel(first.job.id);
    const again = await jobs.submit(submitOptions({ idempotencyKey: "k", quota: 0 }));
    expect(again).toMatchObject({ type: "ACCEPTED", duplicate: true, job: { id: first.job.id, status: "CANCELED" } });
  });

  it("conflicts with another request, deadline or webhook, but not with another owner's key", async () => {
    const { jobs, store } = new InMemoryService();
    const key = { idempotencyKey: "k" };
    await jobs.submit(submitOptions(key));
    const others = [
      { request: generate({ seed: 8 }) },
      { startSeconds: 1 },
      { endSeconds: 1 },
      { webhook: "https://a.b" },
    ];
    for (const other of others) expect((await jobs.submit(submitOptions({ ...key, ...other }))).type).toBe("CONFLICT");
    expect(await jobs.submit(submitOptions({ ...key, owner: "bob" }))).toMatchObject({
      type: "ACCEPTED",
      duplicate: false,
    });
    expect(store.records.size).toBe(2);
  });

  it("without a key, each submit creates a job", async () => {
    const { jobs, store } = new InMemoryService();
    await Promise.all(twenty(() => jobs.submit(submitOptions())));
    expect(store.records.size).toBe(20);
  });
});

describe("a quota", () => {
  it("admits exactly what fits of many concurrent submits", async () => {
    for (const service of [new InMemoryService(), slowService()]) {
      const submitted = await all(twenty(() => service.jobs.submit(submitOptions({ quota: 7 }))));
      expect(types(submitted).sort()).toEqual([...Array(3).fill("ACCEPTED false"), ...Array(17).fill("QUOTA")]);
      expect(submitted.find(({ type }) => type === "QUOTA")).toEqual({ type: "QUOTA", quota: 7, inFlight: 6 });
      expect(await service.store.picturesInFlight("ada")).toBe(6);
    }
  });

  it("applies per owner, and is freed by jobs that end", async () => {
    const { jobs } = new InMemoryService();
    const first = await jobs.submit(submitOptions({ quota: 2 }));
    expect((await jobs.submit(submitOptions({ quota: 2 }))).type).toBe("QUOTA");
    expect((await jobs.submit(submitOptions({ quota: 2, owner: "bob" }))).type).toBe("ACCEPTED");
    if (first.type === "ACCEPTED") await jobs.of("ada").cancel(first.job.id);
    expect((await jobs.submit(submitOptions({ quota: 2 }))).type).toBe("ACCEPTED");
  });

  it("is not used by submits that failed", async () => {
    let broken = true;
    const { ports } = new InMemoryService();
    const store = intercept(ports.store, (_, call) => (broken ? Promise.reject(new Error("broken")) : call()));
    const jobs = new Jobs({ ...ports, store, clock: systemClock });
    const refused = await Promise.allSettled(twenty(() => jobs.submit(submitOptions({ quota: 2 }))));
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set(["rejected"]));
    broken = false;
    expect((await jobs.submit(submitOptions({ quota: 2 }))).type).toBe("ACCEPTED");
  });
});

describe("batches of submits", () => {
  const service = () => {
    const log: string[] = [];
    const jobs = new InMemoryService(({ store, ...ports }) => ({
      ...ports,
      store: intercept(store, async (method, call) => {
        if (method === "picturesInFlight" || method === "create") log.push(method);
        await new Promise((resolve) => setTimeout(resolve, 100));
        return call();
      }),
    })).jobs;
    return { log, jobs };
  };

  it("count the owner's pictures once and write records concurrently", async () => {
    const { log, jobs } = service();
    const submits = twenty(() => jobs.submit(submitOptions()));
    // The first one alone: 100 ms for its count and 100 for its record. Then all others together.
    await pass(400);
    expect(types(await Promise.all(submits))).toEqual(Array(20).fill("ACCEPTED false"));
    expect(log).toEqual(["picturesInFlight", "create", "picturesInFlight", ...Array(19).fill("create")]);
  });

  it("of one owner do not delay another owner's", async () => {
    const { log, jobs } = service();
    const submits = ["ada", "bob"].map((owner) => jobs.submit(submitOptions({ owner })));
    await pass(200);
    expect(types(await Promise.all(submits))).toEqual(Array(2).fill("ACCEPTED false"));
    expect(log).toEqual(["picturesInFlight", "picturesInFlight", "create", "create"]);
  });

  it("decide deferred submits again after earlier ones have failed", async () => {
    let creates = 0;
    const { jobs } = new InMemoryService(({ store, ...ports }) => ({
      ...ports,
      store: intercept(store, (method, call) =>
        method === "create" && ++creates === 2 ? Promise.reject(new Error("broken")) : call(),
      ),
    }));
    const submits = await Promise.allSettled([1, 2, 3, 4].map(() => jobs.submit(submitOptions({ quota: 4 }))));
    const eventTypes = submits.map((one) => (one.status === "fulfilled" ? one.value.type : one.reason.message));
    expect(eventTypes).toEqual(["ACCEPTED", "broken", "ACCEPTED", "QUOTA"]);
  });
});
