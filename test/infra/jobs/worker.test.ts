// One worker and what may happen to a job in its hands.
import { describe, expect, it, vi } from "vitest";
import { toStoredEmbedding } from "../../../infra/jobs/embedding.ts";
import { sha256 } from "../../../infra/jobs/identity.ts";
import type { JobRequest } from "../../../infra/jobs/job.ts";
import { ContentFlagged } from "../../../infra/jobs/run-attempt.ts";
import { UnclipError } from "../../../models/errors.ts";
import { generate } from "../../support/jobs/builders.ts";
import { type EngineBehaviour, FakeEngine } from "../../support/jobs/fake-engine.ts";
import { InMemoryService } from "../../support/jobs/in-memory-service.ts";
import { fakeTime, pass, until } from "../../support/jobs/time.ts";

fakeTime();

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
const text = async (service: InMemoryService, key: string) =>
  Buffer.from((await service.blobs.get(key))!.bytes).toString();

/** A worker with that engine at work on one job, until it is over. */
async function through(
  trick: EngineBehaviour,
  over: Parameters<InMemoryService["submit"]>[0] = {},
  service = new InMemoryService(),
) {
  const { engine, stop } = service.startWorker(new FakeEngine(trick));
  const id = await service.submit(over);
  const job = await service.waitFor(id, ({ endedAt }) => endedAt !== undefined);
  await pass(100);
  expect(service.queue.messages.size).toBe(0);
  await stop();
  expect(service.store.listeners.size).toBe(0);
  return {
    service,
    job,
    engine,
    eventTypes: service.eventTypes(id),
    outcomes: service.outcomes.map(({ outcome }) => outcome),
  };
}

describe("a worker", () => {
  it("turns a message into pictures, with previews", async () => {
    const { service, job, eventTypes, outcomes } = await through(() => {});
    expect(job).toMatchObject({ status: "SUCCEEDED", attempt: 1, sheet: `pictures/${job.id}/sheet.png` });
    expect(eventTypes).toEqual(["QUEUED", "STARTED", "PICTURE_READY", "PICTURE_READY", "SUCCEEDED"]);
    for (const { index, key, seed } of job.drawn) {
      expect({ key, seed }).toEqual({ key: `pictures/${job.id}/${index}.png`, seed: 7 + index });
      expect(await text(service, key)).toBe(`png of ${seed}`);
    }
    const embedded = job.drawn.map(({ seed }) => ({ clip: "clip", vector: Float32Array.of(seed, -1, 0) }));
    expect(job.drawn.map(({ embedding }) => embedding)).toEqual(embedded.map(toStoredEmbedding));
    expect(JSON.stringify(job.events)).not.toContain("embedding");
    const progress = job.events.flatMap((event) => (event.type === "PROGRESS" ? [event] : []));
    expect(progress.length).toBeGreaterThan(5);
    const previews = progress.flatMap(({ preview }) => preview ?? []);
    // Under a key of its own each: under one, a browser would go on showing the first.
    expect(new Set(previews).size).toBe(previews.length);
    for (const key of previews) expect(key).toMatch(new RegExp(`^previews/${job.id}/decoder-[01]-\\d+\\.png$`));
    expect(await text(service, previews[0]!)).toMatch(/^preview of 0,\d,0$/);
    expect([outcomes, service.errors]).toEqual([["SUCCEEDED"], []]);
    // No heartbeat and no wait is left.
    expect(vi.getTimerCount()).toBe(0);
    expect(service.outcomes[0]).toMatchObject({ job: job.id, attempt: 1, stages: job.timings });
  });

  it("runs a job longer than a lease in one attempt", async () => {
    const service = new InMemoryService();
    const receive = vi.spyOn(service.queue, "receive");
    let idle = { stop: async () => {} };
    const trick = async ({ ran }: { readonly ran: string[] }, stage: string) => {
      if (stage === "prior/0" && ran.length === 0) idle = service.startWorker(undefined, { name: "idle" });
      await sleep(20_000);
    };
    const { job, outcomes } = await through(trick, {}, service);
    expect(job).toMatchObject({ status: "SUCCEEDED", attempt: 1, lost: 0 });
    expect(outcomes).toEqual(["SUCCEEDED"]);
    // Its message stayed hidden all the time.
    await idle.stop();
    expect((await Promise.all(receive.mock.results.map(({ value }) => value))).flat()).toHaveLength(1);
  });

  it("draws from uploaded pictures, and fails if one is gone or was replaced", async () => {
    const bytes = Buffer.from("a cat");
    const image = { key: "uploads/ada/1", sha256: sha256(bytes) };
    const request: JobRequest = {
      kind: "variations",
      image,
      strength: 1,
      count: 1,
      size: 64,
      seed: 3,
      preset: "draft",
    };
    const service = new InMemoryService();
    await service.blobs.put(image.key, { bytes, contentType: "image/png" });
    const { job } = await through(() => {}, { request }, service);
    expect(await text(service, job.drawn[0]!.key)).toBe("png of 3a cat");
    await service.blobs.put(image.key, { bytes: Buffer.from("a dog"), contentType: "image/png" });
    for (const _ of ["replaced", "gone"]) {
      const refused = await through(() => {}, { request }, service);
      expect(refused.job).toMatchObject({ status: "FAILED", attempt: 1, failure: { code: "INVALID_PICTURE" } });
      await service.blobs.remove(image.key);
    }
  });
});

describe("an attempt that fails", () => {
  it("is retried from the stage where it failed", async () => {
    const { job, engine, eventTypes, outcomes } = await through((_, stage, nth) => {
      if (nth === 0 && stage === "decoder/1") throw new Error("out of memory at 0x7ffe");
    });
    expect(job).toMatchObject({ status: "SUCCEEDED", attempt: 2, failures: 1 });
    expect(engine.calls.map(({ ran }) => ran)).toEqual([["prior/0", "decoder/0", "prior/1"], ["decoder/1"]]);
    expect(eventTypes).toEqual([
      "QUEUED",
      "STARTED",
      "PICTURE_READY",
      "RETRYING",
      "STARTED",
      "PICTURE_READY",
      "SUCCEEDED",
    ]);
    expect(outcomes).toEqual(["FAILED", "SUCCEEDED"]);
    // Its insides are the log's, not the client's.
    expect(JSON.stringify(job)).not.toContain("0x7ffe");
  });

  it("ends the job after three failures, while other jobs are drawn", async () => {
    const service = new InMemoryService();
    const { stop } = service.startWorker(
      new FakeEngine(({ request }) => {
        if (request.seed === 666) throw new UnclipError("NUMERIC_FAILURE", "NaN in step 3", { retryable: true });
      }),
    );
    const [poison, next] = [await service.submit({ request: generate({ seed: 666 }) }), await service.submit()];
    const drawn = await service.waitFor(next, ({ status }) => status === "SUCCEEDED");
    const failed = await service.waitFor(poison, ({ status }) => status === "FAILED");
    const failure = { code: "NUMERIC_FAILURE", message: "NaN in step 3", retryable: true };
    expect(failed).toMatchObject({ attempt: 3, failures: 3, failure });
    expect(drawn.endedAt).toBeLessThan(failed.endedAt!);
    await pass(100);
    expect(service.queue.messages.size).toBe(0);
    await stop();
  });

  it.each(["NUMERIC_FAILURE", "INVALID_REQUEST", "INVALID_PICTURE"] as const)(
    "with %s is not made again",
    async (code) => {
      const { job, outcomes } = await through(() => {
        throw new UnclipError(code, "no use");
      });
      expect(job).toMatchObject({
        status: "FAILED",
        attempt: 1,
        failure: { code, message: "no use", retryable: false },
      });
      expect(outcomes).toEqual(["FAILED"]);
    },
  );

  it("fails with INTERNAL if the engine returns too few or too many pictures", async () => {
    for (const more of [-1, 1]) {
      const service = new InMemoryService();
      const engine = new FakeEngine();
      const { draw } = engine;
      engine.draw = async (...[request, images, control]) => {
        const { count } = request as { count: number };
        return draw.call(engine, { ...request, count: count + more } as JobRequest, images, control);
      };
      const { stop } = service.startWorker(engine);
      const job = await service.waitFor(await service.submit(), ({ status }) => status === "FAILED");
      expect(job).toMatchObject({ attempt: 3, failure: { code: "INTERNAL" } });
      await stop();
    }
  });

  it("fails with CONTENT_FLAGGED, without a retry, if a picture is withheld", async () => {
    const service = new InMemoryService();
    const inspect = async (png: Uint8Array) => {
      if (Buffer.from(png).toString() === "png of 8") throw new ContentFlagged("Held back.");
    };
    const { stop } = service.startWorker(new FakeEngine(), { inspect });
    const job = await service.waitFor(await service.submit(), ({ status }) => status === "FAILED");
    expect(job).toMatchObject({ attempt: 1, failure: { code: "CONTENT_FLAGGED", message: "Held back." } });
    expect([...service.blobs.blobs.keys()].filter((key) => key.startsWith("pictures/"))).toEqual([job.drawn[0]?.key]);
    await stop();
  });
});

describe("a job that ends elsewhere", () => {
  it("is not started if it was canceled before", async () => {
    const service = new InMemoryService();
    const id = await service.submit();
    await service.jobs.of("ada").cancel(id);
    const { engine, stop } = service.startWorker();
    await pass(1_000);
    expect([engine.calls, service.queue.messages.size]).toEqual([[], 0]);
    await stop();
  });

  it("stops at the next step when it is canceled, and no other job does", async () => {
    const service = new InMemoryService();
    const [a, b] = [service.startWorker(), service.startWorker(undefined, { name: "other" })];
    const ids = [await service.submit(), await service.submit()];
    await until(() => a.engine.calls.length + b.engine.calls.length === 2);
    await pass(1_000);
    const canceled = ids.find((id) => service.job(id).lease?.worker === "w")!;
    await service.jobs.of("ada").cancel(canceled);
    await until(() => a.engine.last.ended, 300);
    expect([a.engine.last.signal.aborted, b.engine.last.signal.aborted]).toEqual([true, false]);
    const frozen = service.job(canceled);
    const other = await service.waitFor(ids.find((id) => id !== canceled)!, ({ status }) => status !== "RUNNING");
    expect(other).toMatchObject({ status: "SUCCEEDED", attempt: 1 });
    expect(service.job(canceled)).toBe(frozen);
    // The worker continues.
    await service.waitFor(await service.submit(), ({ status }) => status === "SUCCEEDED");
    expect(service.outcomes.map(({ outcome }) => outcome)).toEqual(["STOPPED", "SUCCEEDED", "SUCCEEDED"]);
    await Promise.all([a.stop(), b.stop()]);
    expect(service.queue.messages.size).toBe(0);
  });

  it("stops when its deadline passes", async () => {
    const service = new InMemoryService();
    const { engine, stop } = service.startWorker();
    const id = await service.submit({ endSeconds: 2 });
    await pass(2_000);
    await service.jobs.sweep();
    await until(() => engine.last.ended, 300);
    expect(service.eventTypes(id)).toEqual(["QUEUED", "STARTED", "EXPIRED"]);
    await stop();
  });

  it.each(["with no word of it", "with a word that does not say what"])(
    "stops after a cancellation %s",
    async (how) => {
      const service = new InMemoryService();
      const { listen } = service.store;
      service.store.listen = (id, wake) =>
        how === "with no word of it" ? () => {} : listen.call(service.store, id, () => wake(undefined));
      const { engine, stop } = service.startWorker(new FakeEngine(() => sleep(30_000)));
      const id = await service.submit();
      await pass(1_000);
      await service.jobs.of("ada").cancel(id);
      await until(() => engine.last.signal.aborted, how === "with no word of it" ? 10_000 : 0);
      await until(() => engine.last.ended);
      expect(service.eventTypes(id)).toEqual(["QUEUED", "STARTED", "CANCELED"]);
      await stop();
    },
  );
});
