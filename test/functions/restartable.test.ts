import type { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { openEngine } from "../../functions/engine.ts";
import { restartable } from "../../functions/restartable.ts";
import type { Control } from "../../infra/jobs/engine.ts";
import { UnclipError } from "../../models/errors.ts";
import type { Info, Unclip } from "../../models/types.ts";
import { generate } from "../support/jobs/builders.ts";
import { TINY } from "../support/models/tiny-bundle.ts";

const GONE = new UnclipError("INTERNAL", "The engine's thread is gone", { retryable: true });
const BUG = new UnclipError("INTERNAL", "The engine failed");

/** Engines that are opened one after the other; `fail` is what the nth opening, from 0, throws. */
function engines(fail: Readonly<Record<number, Error>> = {}) {
  const life: string[] = [];
  let opened = 0;
  const open = async (): Promise<Unclip> => {
    const nth = opened++;
    life.push(`open ${nth}`);
    if (fail[nth]) throw fail[nth];
    const close = async () => void life.push(`close ${nth}`);
    return { info: { name: `engine ${nth}` } as Info, close } as Unclip;
  };
  return { life, open };
}

const which = async ({ info }: Unclip) => info.name;
const failing = (error: Error) => () => Promise.reject(error);

describe("an engine", () => {
  test("is closed after its thread has died, and reopened for the next call", async () => {
    const { life, open } = engines();
    const engine = await restartable(open);
    await expect(engine.call(failing(GONE))).rejects.toBe(GONE);
    expect(await engine.call(which)).toBe("engine 1");
    await engine.close();
    expect(life).toEqual(["open 0", "close 0", "open 1", "close 1"]);
  });

  test("is reopened once, however many calls failed with it", async () => {
    const { life, open } = engines();
    const engine = await restartable(open);
    await Promise.allSettled([engine.call(failing(GONE)), engine.call(failing(GONE)), engine.call(failing(GONE))]);
    expect(await engine.call(which)).toBe("engine 1");
    expect(life).toEqual(["open 0", "close 0", "open 1"]);
  });

  test("stays open after a bug or an invalid request", async () => {
    const { open } = engines();
    const engine = await restartable(open);
    for (const error of [BUG, new UnclipError("INVALID_PICTURE", "no picture"), new Error("a listener's")]) {
      await expect(engine.call(failing(error))).rejects.toBe(error);
    }
    expect(await engine.call(which)).toBe("engine 0");
  });

  test("reports that it cannot be reopened, and retries at each call", async () => {
    const full = new UnclipError("INSUFFICIENT_MEMORY", "not enough");
    await expect(restartable(engines({ 0: full }).open)).rejects.toBe(full);
    const { open } = engines({ 1: full, 2: full, 4: full });
    const engine = await restartable(open);
    await expect(engine.call(failing(GONE))).rejects.toBe(GONE);
    await expect(engine.call(which)).rejects.toBe(full);
    await expect(engine.call(which)).rejects.toBe(full);
    expect(await engine.call(which)).toBe("engine 3");
    await expect(engine.call(failing(GONE))).rejects.toBe(GONE);
    // There is nothing to close, which is no error.
    await engine.close();
  });
});

test("an engine whose thread dies in a job draws the next one", async () => {
  const started = new Promise<Worker>((resolve) => process.once("worker", resolve));
  const engine = await openEngine(TINY, 1);
  const worker = await started;
  // Terminated while the thread waits for its stage cache: within a step, ONNX Runtime sometimes ends the whole process.
  const stageCache = { load: () => worker.terminate().then(() => undefined), save: async () => {} };
  const control: Control = {
    signal: new AbortController().signal,
    onProgress: () => {},
    onPicture: () => {},
    stageCache,
  };
  await expect(engine.draw(generate({ count: 1 }), new Map(), control)).rejects.toMatchObject({ retryable: true });
  const alive = { ...control, stageCache: { load: async () => undefined, save: async () => {} } };
  expect((await engine.draw(generate({ count: 1 }), new Map(), alive)).pictures).toHaveLength(1);
  await engine.close();
});
