// Workers that stop, several of them, and messages that come twice.
import { describe, expect, it } from "vitest";
import { generate, START, submitOptions } from "../../support/jobs/builders.ts";
import { FakeEngine } from "../../support/jobs/fake-engine.ts";
import { InMemoryService } from "../../support/jobs/in-memory-service.ts";
import { intercept, withLatency } from "../../support/jobs/intercept.ts";
import { expectInvariants } from "../../support/jobs/invariants.ts";
import { fakeTime, pass, until } from "../../support/jobs/time.ts";

fakeTime();

describe("a worker that stops", () => {
  it("releases its job, which resumes at once", async () => {
    const service = new InMemoryService();
    const first = service.startWorker();
    const id = await service.submit();
    await pass(2_600);
    await Promise.all([first.stop(), pass(300)]);
    expect(service.job(id)).toMatchObject({ status: "QUEUED", failures: 0, lost: 0 });
    expect(service.outcomes.map(({ outcome }) => outcome)).toEqual(["RELEASED"]);
    const second = service.startWorker();
    const job = await service.waitFor(id, ({ status }) => status === "SUCCEEDED", 5_000);
    expect([first, second].map(({ engine }) => engine.last.ran)).toEqual([
      ["prior/0", "decoder/0"],
      ["prior/1", "decoder/1"],
    ]);
    expect(job.attempt).toBe(2);
    await second.stop();
    expect(service.queue.messages.size).toBe(0);
  });

  it("ends at once when idle, and takes no message with it", async () => {
    const service = new InMemoryService();
    const { stop } = service.startWorker();
    await pass(500);
    const stopped = stop();
    const id = await service.submit();
    await stopped;
    await pass(1_000);
    expect(service.job(id)).toMatchObject({ status: "QUEUED", attempt: 0 });
    expect(await service.queue.depth()).toEqual({ ready: 1, hidden: 0 });
  });

  it("makes a message visible again that arrived as it had to stop", async () => {
    let stop = async () => {};
    const service = new InMemoryService((ports) => ({
      ...ports,
      queue: intercept(ports.queue, async (method, call) => {
        const answer = await call();
        if (method === "receive") void stop();
        return answer;
      }),
    }));
    const id = await service.submit();
    ({ stop } = service.startWorker());
    await pass(1_000);
    expect(service.job(id)).toMatchObject({ status: "QUEUED", attempt: 0 });
    expect(await service.queue.depth()).toEqual({ ready: 1, hidden: 0 });
  });

  it("releases a job that it leased as it had to stop", async () => {
    const service = new InMemoryService();
    const { replace } = service.store;
    service.store.replace = (previous, next) => {
      if (next.status === "RUNNING") void worker.stop();
      return replace.call(service.store, previous, next);
    };
    const worker = service.startWorker();
    const id = await service.submit();
    await pass(1_000);
    expect(service.eventTypes(id)).toEqual(["QUEUED", "STARTED", "RELEASED"]);
    expect(worker.engine.last.ran).toEqual([]);
  });

  it("has no pending call when it has ended", async () => {
    let open = 0;
    const service = new InMemoryService(({ store, queue, blobs }) => {
      const counted = <Port extends object>(port: Port) =>
        intercept(withLatency(port), async (method, call) => {
          if (method === "receive") return call();
          open++;
          return call().finally(() => open--);
        });
      return { store: counted(store), queue: counted(queue), blobs: counted(blobs) };
    });
    for (const after of [10, 333, 777, 1_234, 2_345, 3_210, 10_010]) {
      const { stop } = service.startWorker();
      void service.jobs.submit(submitOptions());
      await pass(after, 10);
      await service.jobs.settled();
      let ended = false;
      const stopped = stop().then(() => {
        ended = true;
        expect(open).toBe(0);
      });
      await until(() => ended, 2_000, 10);
      await stopped;
    }
  });

  it("waits for a pending heartbeat", async () => {
    const service = new InMemoryService((ports) => ({
      ...ports,
      queue: intercept(ports.queue, async (method, call) => {
        if (method === "changeVisibility") await new Promise((resolve) => setTimeout(resolve, 5_000));
        return call();
      }),
    }));
    const { stop } = service.startWorker(new FakeEngine(() => new Promise((resolve) => setTimeout(resolve, 1_000))));
    await service.submit({ request: generate({ count: 5 }) });
    await pass(10_100);
    let ended = 0;
    void stop().then(() => {
      ended = Date.now();
    });
    await until(() => ended > 0);
    expect(ended).toBeGreaterThanOrEqual(START + 15_000);
  });

  it("ends after its idle time, counted from its last job", async () => {
    const service = new InMemoryService();
    const idle = service.startWorker(undefined, {}, 60);
    await pass(50_000, 1_000);
    const id = await service.submit();
    await service.waitFor(id, ({ status }) => status === "SUCCEEDED");
    let ended = 0;
    void idle.ended.then(() => {
      ended = Date.now();
    });
    await pass(59_000, 1_000);
    expect(ended).toBe(0);
    // It looks when its wait for a message is over.
    await until(() => ended > 0, 21_000);
    expect(service.job(id).status).toBe("SUCCEEDED");
  });

  it("pauses and retries while its queue is down", async () => {
    let requests = 0;
    const service = new InMemoryService((ports) => ({
      ...ports,
      queue: intercept(ports.queue, (method, call) => {
        if (method === "receive" && ++requests <= 8) throw new Error("down");
        return call();
      }),
    }));
    const { stop } = service.startWorker();
    const id = await service.submit();
    await pass(3_000);
    expect(requests).toBe(5);
    await service.waitFor(id, ({ status }) => status === "SUCCEEDED");
    expect(service.errors).toEqual(Array(8).fill("the worker loop"));
    requests = 0;
    await pass(21_000);
    const stopping = Date.now();
    await stop();
    expect(Date.now()).toBe(stopping);
  });
});

describe("duplicate messages", () => {
  it("lead to one attempt, with one worker or two", async () => {
    for (const workers of [1, 2]) {
      const service = new InMemoryService();
      const all = Array.from({ length: workers }, (_, i) =>
        service.startWorker(undefined, { name: `w${i}`, jobs: service.createJobs() }),
      );
      const id = await service.submit();
      for (let i = 0; i < 3; i++) await service.queue.send({ id }, { group: "ada" });
      const job = await service.waitFor(id, ({ status }) => status === "SUCCEEDED");
      await service.queue.send({ id }, { group: "ada" });
      await service.queue.send({ id: "never" }, { group: "ada" });
      await pass(1_000);
      expect(service.job(id)).toBe(job);
      expect(job.attempt).toBe(1);
      expect(all.reduce((sum, { engine }) => sum + engine.calls.length, 0)).toBe(1);
      expect(service.queue.messages.size).toBe(0);
      await Promise.all(all.map(({ stop }) => stop()));
    }
  });
});

it("two workers share a queue's jobs", async () => {
  const service = new InMemoryService();
  const all = [service.startWorker(), service.startWorker()];
  const ids = await Promise.all(Array.from({ length: 6 }, () => service.submit()));
  await until(() => ids.every((id) => service.job(id).status === "SUCCEEDED"));
  expect(all.map(({ engine }) => engine.calls.length)).toEqual([3, 3]);
  for (const id of ids) expectInvariants(service.job(id));
  await Promise.all(all.map(({ stop }) => stop()));
});
