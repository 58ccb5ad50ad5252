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
  it("hands its job back, which goes on at once where it was", async () => {
    const world = new InMemoryService();
    const first = world.startWorker();
    const id = await world.submit();
    await pass(2_600);
    await Promise.all([first.stop(), pass(300)]);
    expect(world.job(id)).toMatchObject({ status: "QUEUED", failures: 0, lost: 0 });
    expect(world.outcomes.map(({ outcome }) => outcome)).toEqual(["RELEASED"]);
    const second = world.startWorker();
    const job = await world.waitFor(id, ({ status }) => status === "SUCCEEDED", 5_000);
    expect([first, second].map(({ engine }) => engine.last.ran)).toEqual([
      ["prior/0", "decoder/0"],
      ["prior/1", "decoder/1"],
    ]);
    expect(job.attempt).toBe(2);
    await second.stop();
    expect(world.queue.messages.size).toBe(0);
  });

  it("ends at once when it has none, and takes none with it", async () => {
    const world = new InMemoryService();
    const { stop } = world.startWorker();
    await pass(500);
    const stopped = stop();
    const id = await world.submit();
    await stopped;
    await pass(1_000);
    expect(world.job(id)).toMatchObject({ status: "QUEUED", attempt: 0 });
    expect(await world.queue.depth()).toEqual({ ready: 1, hidden: 0 });
  });

  it("gives a message back that came in the moment it had to stop", async () => {
    let stop = async () => {};
    const world = new InMemoryService((ports) => ({
      ...ports,
      queue: intercept(ports.queue, async (method, call) => {
        const answer = await call();
        if (method === "receive") void stop();
        return answer;
      }),
    }));
    const id = await world.submit();
    ({ stop } = world.startWorker());
    await pass(1_000);
    expect(world.job(id)).toMatchObject({ status: "QUEUED", attempt: 0 });
    expect(await world.queue.depth()).toEqual({ ready: 1, hidden: 0 });
  });

  it("hands a job back that it leased in the moment it had to stop", async () => {
    const world = new InMemoryService();
    const { replace } = world.store;
    world.store.replace = (previous, next) => {
      if (next.status === "RUNNING") void worker.stop();
      return replace.call(world.store, previous, next);
    };
    const worker = world.startWorker();
    const id = await world.submit();
    await pass(1_000);
    expect(world.told(id)).toEqual(["QUEUED", "STARTED", "RELEASED"]);
    expect(worker.engine.last.ran).toEqual([]);
  });

  it("has nothing under way when it has ended", async () => {
    let open = 0;
    const world = new InMemoryService(({ store, queue, blobs }) => {
      const counted = <Port extends object>(port: Port) =>
        intercept(withLatency(port), async (method, call) => {
          if (method === "receive") return call();
          open++;
          return call().finally(() => open--);
        });
      return { store: counted(store), queue: counted(queue), blobs: counted(blobs) };
    });
    for (const after of [10, 333, 777, 1_234, 2_345, 3_210, 10_010]) {
      const { stop } = world.startWorker();
      void world.jobs.submit(submitOptions());
      await pass(after, 10);
      await world.jobs.settled();
      let ended = false;
      const stopped = stop().then(() => {
        ended = true;
        expect(open).toBe(0);
      });
      await until(() => ended, 2_000, 10);
      await stopped;
    }
  });

  it("waits for a heartbeat under way", async () => {
    const world = new InMemoryService((ports) => ({
      ...ports,
      queue: intercept(ports.queue, async (method, call) => {
        if (method === "changeVisibility") await new Promise((resolve) => setTimeout(resolve, 5_000));
        return call();
      }),
    }));
    const { stop } = world.startWorker(new FakeEngine(() => new Promise((resolve) => setTimeout(resolve, 1_000))));
    await world.submit({ request: generate({ count: 5 }) });
    await pass(10_100);
    let ended = 0;
    void stop().then(() => {
      ended = Date.now();
    });
    await until(() => ended > 0);
    expect(ended).toBeGreaterThanOrEqual(START + 15_000);
  });

  it("ends by itself when its queue was empty for as long as it was told, counted from its last job", async () => {
    const world = new InMemoryService();
    const idle = world.startWorker(undefined, {}, 60);
    await pass(50_000, 1_000);
    const id = await world.submit();
    await world.waitFor(id, ({ status }) => status === "SUCCEEDED");
    let ended = 0;
    void idle.ended.then(() => {
      ended = Date.now();
    });
    await pass(59_000, 1_000);
    expect(ended).toBe(0);
    // It looks when its wait for a message is over.
    await until(() => ended > 0, 21_000);
    expect(world.job(id).status).toBe("SUCCEEDED");
  });

  it("waits a little, and not for ever, while its queue is down", async () => {
    let asked = 0;
    const world = new InMemoryService((ports) => ({
      ...ports,
      queue: intercept(ports.queue, (method, call) => {
        if (method === "receive" && ++asked <= 8) throw new Error("down");
        return call();
      }),
    }));
    const { stop } = world.startWorker();
    const id = await world.submit();
    await pass(3_000);
    expect(asked).toBe(5);
    await world.waitFor(id, ({ status }) => status === "SUCCEEDED");
    expect(world.errors).toEqual(Array(8).fill("the worker loop"));
    asked = 0;
    await pass(21_000);
    const stopping = Date.now();
    await stop();
    expect(Date.now()).toBe(stopping);
  });
});

describe("messages that come twice", () => {
  it("give one attempt, with one worker and with two", async () => {
    for (const workers of [1, 2]) {
      const world = new InMemoryService();
      const all = Array.from({ length: workers }, (_, i) =>
        world.startWorker(undefined, { name: `w${i}`, jobs: world.createJobs() }),
      );
      const id = await world.submit();
      for (let i = 0; i < 3; i++) await world.queue.send({ id }, { group: "ada" });
      const job = await world.waitFor(id, ({ status }) => status === "SUCCEEDED");
      await world.queue.send({ id }, { group: "ada" });
      await world.queue.send({ id: "never" }, { group: "ada" });
      await pass(1_000);
      expect(world.job(id)).toBe(job);
      expect(job.attempt).toBe(1);
      expect(all.reduce((sum, { engine }) => sum + engine.calls.length, 0)).toBe(1);
      expect(world.queue.messages.size).toBe(0);
      await Promise.all(all.map(({ stop }) => stop()));
    }
  });
});

it("two workers share a queue", async () => {
  const world = new InMemoryService();
  const all = [world.startWorker(), world.startWorker()];
  const ids = await Promise.all(Array.from({ length: 6 }, () => world.submit()));
  await until(() => ids.every((id) => world.job(id).status === "SUCCEEDED"));
  expect(all.map(({ engine }) => engine.calls.length)).toEqual([3, 3]);
  for (const id of ids) expectInvariants(world.job(id));
  await Promise.all(all.map(({ stop }) => stop()));
});
