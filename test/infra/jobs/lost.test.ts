// Workers that freeze or die with a job in their hands.
import { describe, expect, it } from "vitest";
import { crashableWorker } from "../../support/jobs/crashable-worker.ts";
import { InMemoryService } from "../../support/jobs/in-memory-service.ts";
import { expectInvariants } from "../../support/jobs/invariants.ts";
import { fakeTime, pass, settled, until } from "../../support/jobs/time.ts";

fakeTime();

const sweeping = (world: InMemoryService) => setInterval(() => void world.jobs.sweep(), 1_000);

describe("a worker that is lost", () => {
  it("loses its job to the next one, which uses what it left", async () => {
    const world = new InMemoryService();
    const sweeper = sweeping(world);
    const dead = crashableWorker(world, "dead");
    const id = await world.submit();
    await pass(2_600);
    dead.freeze();
    const next = crashableWorker(world, "next");
    const job = await world.waitFor(id, ({ status }) => status === "SUCCEEDED");
    expect(job).toMatchObject({ attempt: 2, lost: 1, failures: 0 });
    expect(next.engine.last.ran).toEqual(["prior/1", "decoder/1"]);
    expect(world.told(id)).toEqual([
      "QUEUED",
      "STARTED",
      "PICTURE_READY",
      "RETRYING",
      "STARTED",
      "PICTURE_READY",
      "SUCCEEDED",
    ]);
    clearInterval(sweeper);
    await next.stop();
  });

  it("and comes back changes nothing, neither while the next one draws nor after", async () => {
    for (const back of ["while", "after"]) {
      const world = new InMemoryService();
      const sweeper = sweeping(world);
      const late = crashableWorker(world, "late");
      const id = await world.submit();
      await pass(2_600);
      late.freeze();
      const next = crashableWorker(world, "next");
      await world.waitFor(id, ({ attempt }) => attempt === 2);
      if (back === "after") await world.waitFor(id, ({ status }) => status === "SUCCEEDED");
      const before = world.job(id);
      late.thaw();
      await settled();
      expect(world.job(id)).toBe(before);
      const job = await world.waitFor(id, ({ status }) => status === "SUCCEEDED");
      expect(job).toMatchObject({ attempt: 2, lost: 1 });
      await until(() => late.engine.last.ended);
      expectInvariants(job);
      await pass(1_000);
      expect(world.job(id)).toBe(job);
      expect(world.outcomes.map(({ outcome }) => outcome).sort()).toEqual(["STOPPED", "SUCCEEDED"]);
      // It is of use again.
      await next.stop();
      await world.waitFor(await world.submit(), ({ status }) => status === "SUCCEEDED");
      await pass(60_000, 1_000);
      expect(world.queue.messages.size).toBe(0);
      clearInterval(sweeper);
      await late.stop();
    }
  });

  it("five times fails the job, which kills whoever draws it, and the next job is drawn", async () => {
    const world = new InMemoryService();
    const sweeper = sweeping(world);
    const id = await world.submit();
    for (let i = 0; i < 5; i++) {
      const dead = crashableWorker(world, `dead ${i}`);
      await world.waitFor(id, ({ status }) => status === "RUNNING");
      dead.freeze();
      await world.waitFor(id, ({ status }) => status !== "RUNNING");
    }
    expect(world.job(id)).toMatchObject({ status: "FAILED", attempt: 5, failure: { code: "WORKER_LOST" } });
    clearInterval(sweeper);
    const { stop } = world.startWorker();
    await world.waitFor(await world.submit(), ({ status }) => status === "SUCCEEDED");
    await stop();
  });
});
