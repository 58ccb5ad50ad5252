import type { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UnclipError } from "../../../models/errors.ts";
import { openUnclipInWorker } from "../../../models/host/worker-client.ts";
import type { Progress, Unclip } from "../../../models/types.ts";
import { openUnclip } from "../../../models/unclip.ts";
import { poisonedTiny, TINY } from "../../support/models/tiny-bundle.ts";

const request = { prompt: "a cat", preset: "draft", size: 64, seed: 7, steps: 3 } as const;

let host: Unclip;

beforeAll(async () => {
  host = await openUnclipInWorker(TINY, { threads: 1 });
});

afterAll(() => host.close());

describe("is the engine itself", () => {
  it("in its bytes, its progress and its numbers", async () => {
    const engine = await openUnclip(TINY, { threads: 1 });
    const [here, there]: [Progress[], Progress[]] = [[], []];
    const expected = await engine.generate({ ...request, count: 2 }, { onProgress: (step) => here.push(step) });
    const result = await host.generate({ ...request, count: 2 }, { onProgress: (step) => there.push(step) });
    expect(result).toEqual({ ...expected, timings: expect.any(Array) });
    expect(there).toEqual(here);
    expect(host.info).toEqual(engine.info);
    const { png: image } = result.pictures[0]!;
    expect(await host.embed({ image })).toEqual(await engine.embed({ image }));
    expect(await host.score({ image, prompt: "a cat" })).toBe(await engine.score({ image, prompt: "a cat" }));
    await engine.close();
  });

  it("in its errors", async () => {
    await expect(host.generate({ prompt: "" })).rejects.toMatchObject({ code: "INVALID_REQUEST", field: "prompt" });
    const call = host.variations({ ...request, prompt: undefined, image: Uint8Array.of(1) } as never);
    await expect(call).rejects.toMatchObject({ code: "INVALID_PICTURE", retryable: false });
    const poisoned = await openUnclipInWorker(await poisonedTiny("clip.mean"));
    await expect(poisoned.generate(request)).rejects.toBeInstanceOf(UnclipError);
    await expect(poisoned.generate(request)).rejects.toMatchObject({
      code: "NUMERIC_FAILURE",
      message: expect.stringMatching(/^prior: /),
    });
    await poisoned.close();
  });

  it("in refusing a folder that is no bundle", async () => {
    await expect(openUnclipInWorker("/nowhere")).rejects.toMatchObject({
      code: "INVALID_BUNDLE",
      message: "bundle.json cannot be read in /nowhere",
    });
  });
});

it("leaves this thread free: between two steps of the engine, timers fire here", async () => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const ticksAtStep: number[] = [];
  await host.generate({ ...request, size: 256 }, { previewEvery: 0, onProgress: () => ticksAtStep.push(ticks) });
  clearInterval(timer);
  const [before, after] = ticksAtStep.slice(-2);
  expect(after! - before!).toBeGreaterThan(5);
});

it("cancels from here", async () => {
  const controller = new AbortController();
  const seen: Progress[] = [];
  const call = host.generate(
    { ...request, size: 256, count: 16 },
    {
      signal: controller.signal,
      onProgress: (progress) => {
        seen.push(progress);
        controller.abort();
      },
    },
  );
  await expect(call).rejects.toMatchObject({ code: "CANCELED" });
  expect(seen.some(({ picture }) => picture === 15)).toBe(false);
  await expect(host.generate(request, { signal: controller.signal })).rejects.toMatchObject({ code: "CANCELED" });
  expect((await host.generate(request)).pictures).toHaveLength(1);
});

it.each(["onProgress", "onPicture"])("survives an error of %s, which ends its call", async (listener) => {
  const cause = new Error("the listener broke");
  const listen = () => {
    throw cause;
  };
  await expect(host.generate(request, { [listener]: listen })).rejects.toMatchObject({ code: "INTERNAL", cause });
  expect((await host.generate(request)).pictures).toHaveLength(1);
});

it("rejects what runs and what comes when the thread dies", async () => {
  const started = new Promise<Worker>((resolve) => process.once("worker", resolve));
  const dying = await openUnclipInWorker(TINY);
  const worker = await started;
  // While the thread waits for its stage cache: ended within a step, ONNX Runtime sometimes crashes the whole process.
  const load = () => worker.terminate().then(() => undefined);
  const call = dying.generate(request, { stageCache: { load, save: async () => {} } });
  const death = { code: "INTERNAL", retryable: true, message: "The engine's thread is gone: it ended with code 1" };
  await expect(call).rejects.toMatchObject(death);
  await expect(dying.generate(request)).rejects.toMatchObject(death);
  await dying.close();
});

it("closes in the midst of a call: the call is canceled and the thread ends", async () => {
  const started = new Promise<Worker>((resolve) => process.once("worker", resolve));
  const closing = await openUnclipInWorker(TINY);
  const exited = new Promise((resolve) => started.then((worker) => worker.once("exit", resolve)));
  let closed: Promise<void> | undefined;
  const onProgress = () => {
    closed ??= closing.close();
  };
  await expect(closing.generate({ ...request, count: 16 }, { onProgress })).rejects.toMatchObject({ code: "CANCELED" });
  await closed;
  expect(await exited).toBe(0);
  await expect(closing.generate(request)).rejects.toMatchObject({ code: "INTERNAL" });
});
