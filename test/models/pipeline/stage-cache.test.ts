// A second attempt resumes where the first one ended, and draws the same picture to the last bit.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pack, unpack } from "../../../models/pipeline/stage-cache.ts";
import { Tensor, zeros } from "../../../models/tensor/tensor.ts";
import type { Control, Result, StageCache, Unclip } from "../../../models/types.ts";
import { openUnclip } from "../../../models/unclip.ts";
import { MemoryStageCache } from "../../support/models/bundle-copies.ts";
import { fingerprint } from "../../support/models/fingerprint.ts";
import { TINY } from "../../support/models/tiny-bundle.ts";

const quick = { preset: "draft", size: 64, seed: 7, steps: 3 } as const;
const request = { ...quick, size: 256, count: 2, priorSteps: 2, prompt: "a cat" } as const;
const stages = ["prior", "decoder", "upsampler-256"];
const names = stages.flatMap((stage) => [`${stage}/0`, `${stage}/1`]);

let engine: Unclip;
let expected: string;
let image: Uint8Array;

beforeAll(async () => {
  engine = await openUnclip(TINY);
  const { timings: _, ...result } = await engine.generate(request);
  expected = fingerprint(result);
  image = result.pictures[0]!.png;
});

afterAll(() => engine.close());

/** The result without its timings, by its fingerprint, and the stages that computed, as "decoder/0". */
async function watched(act: (control: Control) => Promise<Result>, control: Control) {
  const ran = new Set<string>();
  const onProgress: Control["onProgress"] = ({ stage, picture }) => ran.add(`${stage}/${picture}`);
  const { timings: _, ...result } = await act({ ...control, onProgress });
  return { result: fingerprint(result), ran: [...ran] };
}

const generate = (control: Control) => watched((all) => engine.generate(request, all), control);

async function filled(): Promise<MemoryStageCache> {
  const stageCache = new MemoryStageCache();
  await engine.generate(request, { stageCache });
  return stageCache;
}

describe("a stage cache", () => {
  const verbs: [string, string[], (control: Control) => Promise<Result>][] = [
    ["generate", names, (control) => engine.generate(request, control)],
    [
      "generate by the autoregressive prior",
      ["prior/0", "decoder/0"],
      (control) => engine.generate({ ...quick, prompt: "a cat", prior: "autoregressive" }, control),
    ],
    [
      "variations",
      ["inversion/0", "decoder/0", "decoder/1"],
      (control) => engine.variations({ ...quick, image, count: 2 }, control),
    ],
    [
      "interpolate",
      ["prior/0", "inversion/0", "inversion/1", "decoder/0", "decoder/1", "decoder/2"],
      (control) =>
        engine.interpolate({ ...quick, between: [{ image }, { prompt: "a dog" }, { image }], frames: 3 }, control),
    ],
    [
      "manipulate",
      ["inversion/0", "decoder/0", "decoder/1"],
      (control) => engine.manipulate({ ...quick, image, to: "a dog", frames: 2 }, control),
    ],
    [
      "reconstruct",
      ["decoder/0", "decoder/1"],
      (control) => engine.reconstruct({ ...quick, image, dimensions: [4, 16] }, control),
    ],
  ];

  it.each(verbs)("of %s gets every stage, and returns it for the same bytes", async (_, kept, act) => {
    const stageCache = new MemoryStageCache();
    const first = await watched(act, { stageCache });
    expect([...stageCache.kept.keys()]).toEqual(kept);
    const { result, ran } = await watched(act, { stageCache });
    expect(ran).toEqual([]);
    expect(result).toBe(first.result);
    expect((await watched(act, {})).result).toBe(first.result);
  });

  it("is read when a stage starts and written before the next one", async () => {
    const { log } = await filled();
    expect(log).toEqual(names.flatMap((name) => [`load ${name}`, `save ${name}`]));
  });

  it("is not given pictures of 1024 px", async () => {
    const stageCache = new MemoryStageCache();
    await engine.generate({ ...quick, prompt: "a cat", size: 1024 }, { stageCache });
    expect([...stageCache.kept.keys()]).toEqual(["prior/0", "decoder/0", "upsampler-256/0"]);
  });

  it.each([
    ["prior/1", 1],
    ["decoder/0", 2],
    ["upsampler-256/0", 4],
  ])("lets a call that was canceled in %s resume there", async (place, done) => {
    const stageCache = new MemoryStageCache();
    const controller = new AbortController();
    const onProgress: Control["onProgress"] = ({ stage, picture }) => {
      if (`${stage}/${picture}` === place) controller.abort();
    };
    const canceled = engine.generate(request, { stageCache, onProgress, signal: controller.signal });
    await expect(canceled).rejects.toMatchObject({ code: "CANCELED" });
    expect([...stageCache.kept.keys()]).toEqual(names.slice(0, done));
    const { result, ran } = await generate({ stageCache });
    expect(ran).toEqual(names.slice(done));
    expect(result).toBe(expected);
  });

  it.each(["load", "save"])("does not hold up a cancellation when its %s hangs", async (hanging) => {
    const controller = new AbortController();
    const hang = () => {
      controller.abort();
      return new Promise<never>(() => {});
    };
    const stageCache: StageCache = { load: async () => undefined, save: async () => {}, [hanging]: hang };
    const call = engine.generate(request, { stageCache, signal: controller.signal });
    await expect(call).rejects.toMatchObject({ code: "CANCELED" });
  });
});

describe("a damaged entry is ignored and made again:", () => {
  const spoilt: [string, (bytes: Uint8Array) => unknown][] = [
    ["nothing", () => new Uint8Array(0)],
    ["null", () => null],
    ["a cut blob", (bytes) => bytes.slice(0, -4)],
    ["a blob with a tail", (bytes) => Buffer.concat([bytes, Buffer.alloc(4)])],
    ["a changed number", (bytes) => bytes.with(-1, bytes.at(-1)! ^ 1)],
    ["a changed header", (bytes) => bytes.with(45, bytes[45]! ^ 1)],
    ["another shape", () => pack("decoder/0", zeros([1, 3, 32, 32]))],
    ["another place's", (bytes) => pack("decoder/1", unpack("decoder/0", [1, 3, 64, 64], bytes)!)],
    ["no numbers", () => pack("decoder/0", new Tensor(new Float32Array(3 * 64 * 64).fill(Number.NaN), [1, 3, 64, 64]))],
  ];

  it.each(spoilt)("%s", async (_, spoil) => {
    const stageCache = await filled();
    const whole = stageCache.kept.get("decoder/0")!;
    stageCache.kept.set("decoder/0", spoil(whole) as Uint8Array);
    const { result, ran } = await generate({ stageCache });
    expect(ran).toEqual(["decoder/0"]);
    expect(result).toBe(expected);
    expect(whole.every((byte, i) => stageCache.kept.get("decoder/0")![i] === byte)).toBe(true);
  });
});

it.each<[string, () => Promise<never>]>([
  ["rejects", () => Promise.reject(new Error("the store is away"))],
  [
    "throws",
    () => {
      throw new Error("the store is away");
    },
  ],
])("a call succeeds although the stage cache %s", async (_, broken) => {
  const { result, ran } = await generate({ stageCache: { load: broken, save: broken } });
  expect(ran).toEqual(names);
  expect(result).toBe(expected);
});
