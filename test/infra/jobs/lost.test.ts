// Workers that freeze or die while they hold a job.
import { describe, expect, it } from "vitest";
import { generate } from "../../support/jobs/builders.ts";
import { crashableWorker } from "../../support/jobs/crashable-worker.ts";
import { InMemoryService } from "../../support/jobs/in-memory-service.ts";
import { expectInvariants } from "../../support/jobs/invariants.ts";
import { fakeTime, pass, settled, until } from "../../support/jobs/time.ts";

fakeTime();

const sweeping = (service: InMemoryService) => setInterval(() => void service.jobs.sweep(), 1_000);

describe("a worker that is lost", () => {
  it("loses its job to the next worker, which reuses the finished stages", async () => {
    const service = new InMemoryService();
    const sweeper = sweeping(service);
    const dead = crashableWorker(service, "dead");
    const id = await service.submit();
    await pass(2_600);
    dead.freeze();
    const next = crashableWorker(service, "next");
    const job = await service.waitFor(id, ({ status }) => status === "SUCCEEDED");
    expect(job).toMatchObject({ attempt: 2, lost: 0, failures: 0 });
    expect(next.engine.last.ran).toEqual(["prior/1", "decoder/1"]);
    expect(service.eventTypes(id)).toEqual([
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

  it("changes nothing when it comes back, during the next attempt or after it", async () => {
    for (const back of ["while", "after"]) {
      const service = new InMemoryService();
      const sweeper = sweeping(service);
      const slow = crashableWorker(service, "late");
      const id = await service.submit();
      await pass(2_600);
      slow.freeze();
      const next = crashableWorker(service, "next");
      await service.waitFor(id, ({ attempt }) => attempt === 2);
      if (back === "after") await service.waitFor(id, ({ status }) => status === "SUCCEEDED");
      const before = service.job(id);
      slow.thaw();
      await settled();
      expect(service.job(id)).toBe(before);
      const job = await service.waitFor(id, ({ status }) => status === "SUCCEEDED");
      expect(job).toMatchObject({ attempt: 2, lost: 0 });
      await until(() => slow.engine.last.ended);
      expectInvariants(job);
      await pass(1_000);
      expect(service.job(id)).toBe(job);
      expect(service.outcomes.map(({ outcome }) => outcome).sort()).toEqual(["STOPPED", "SUCCEEDED"]);
      // It is of use again.
      await next.stop();
      await service.waitFor(await service.submit(), ({ status }) => status === "SUCCEEDED");
      await pass(60_000, 1_000);
      expect(service.queue.messages.size).toBe(0);
      clearInterval(sweeper);
      await slow.stop();
    }
  });

  it("costs nothing if it finished a stage: the job is drawn, however many workers die", async () => {
    const service = new InMemoryService();
    const sweeper = sweeping(service);
    const id = await service.submit({ request: generate({ count: 4 }) });
    for (let i = 0; i < 7; i++) {
      const dead = crashableWorker(service, `dead ${i}`);
      await service.waitFor(id, ({ status }) => status === "RUNNING");
      // One stage of four steps, and the first steps of the next.
      await pass(1_600);
      dead.freeze();
      await service.waitFor(id, ({ status }) => status !== "RUNNING");
      expect(service.job(id)).toMatchObject({ status: "QUEUED", lost: 0 });
    }
    const { stop } = service.startWorker();
    expect(await service.waitFor(id, ({ status }) => status === "SUCCEEDED")).toMatchObject({ attempt: 8 });
    clearInterval(sweeper);
    await stop();
  });

  it("fails the job at the fifth loss without a finished stage, and the next job is drawn", async () => {
    const service = new InMemoryService();
    const sweeper = sweeping(service);
    const id = await service.submit();
    for (let i = 0; i < 5; i++) {
      const dead = crashableWorker(service, `dead ${i}`);
      await service.waitFor(id, ({ status }) => status === "RUNNING");
      dead.freeze();
      await service.waitFor(id, ({ status }) => status !== "RUNNING");
    }
    expect(service.job(id)).toMatchObject({ status: "FAILED", attempt: 5, failure: { code: "WORKER_LOST" } });
    clearInterval(sweeper);
    const { stop } = service.startWorker();
    await service.waitFor(await service.submit(), ({ status }) => status === "SUCCEEDED");
    await stop();
  });
});
