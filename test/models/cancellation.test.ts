// Progress, previews and cancellation, in this thread.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Control, Picture, Progress, Result, StageName, Unclip } from "../../models/types.ts";
import { openUnclip } from "../../models/unclip.ts";
import { TINY } from "../support/models/tiny-bundle.ts";

const quick = { preset: "draft", size: 64, seed: 7, steps: 3, priorSteps: 2, priorSamples: 2 } as const;
const request = { ...quick, prompt: "a cat" } as const;

const drawn = { preset: "draft", size: 64, seed: 7, steps: 3 } as const;

let engine: Unclip;
let image: Uint8Array;

beforeAll(async () => {
  engine = await openUnclip(TINY);
  image = (await engine.generate(request)).pictures[0]!.png;
});

afterAll(() => engine.close());

async function progressOf(act: (control: Control) => Promise<unknown>, control: Control = {}): Promise<Progress[]> {
  const seen: Progress[] = [];
  await act({ ...control, onProgress: (progress) => seen.push(progress) });
  return seen;
}

describe("progress", () => {
  it("reports every step of every picture, stage by stage, with previews of at most 64 pixels", async () => {
    const seen = await progressOf((control) => engine.generate({ ...request, size: 256, count: 2 }, control));
    const stepsOf = (stage: StageName) => seen.filter((progress) => progress.stage === stage);
    expect([...new Set(seen.map(({ stage }) => stage))]).toEqual(["prior", "decoder", "upsampler-256"]);
    expect(stepsOf("prior").map(({ picture, step, steps }) => [picture, step, steps])).toEqual([
      ...[1, 2].map((step) => [0, step, 2]), // both samples in one batch
      ...[1, 2].map((step) => [1, step, 2]),
    ]);
    expect(stepsOf("decoder")).toHaveLength(6);
    expect(seen.every(({ pictures }) => pictures === 2)).toBe(true);
    for (const { stage, preview } of seen) {
      if (stage === "prior") expect(preview).toBeUndefined();
      else expect([preview!.size, preview!.rgb.length]).toEqual([64, 64 * 64 * 3]);
    }
  });

  it("has previews at every n-th step, and at the last one", async () => {
    const previewed = async (previewEvery: number) => {
      const seen = await progressOf((control) => engine.generate({ ...request, steps: 5 }, control), { previewEvery });
      return seen.filter(({ stage, preview }) => stage === "decoder" && preview).map(({ step }) => step);
    };
    expect(await previewed(2)).toEqual([2, 4, 5]);
    expect(await previewed(0)).toEqual([]);
  });

  it("does not change what is drawn", async () => {
    const watched = await engine.generate(request, { onProgress: () => {} });
    expect(watched.pictures[0]!.png).toEqual(image);
  });
});

describe("pictures", () => {
  const verbs: [string, (control: Control) => Promise<Result>][] = [
    ["generate", (control) => engine.generate({ ...request, count: 2, size: 256 }, control)],
    ["variations", (control) => engine.variations({ ...drawn, image, count: 2 }, control)],
    ["interpolate", (control) => engine.interpolate({ ...drawn, between: [{ image }, { image }], frames: 3 }, control)],
    ["manipulate", (control) => engine.manipulate({ ...drawn, image, to: "a dog", frames: 2 }, control)],
    ["reconstruct", (control) => engine.reconstruct({ ...drawn, image, dimensions: [4, 16] }, control)],
  ];

  it.each(verbs)("of %s are reported one by one, in the order of the result", async (_, act) => {
    const given: [Picture, number][] = [];
    const { pictures } = await act({ onPicture: (...picture) => given.push(picture) });
    expect(given).toEqual(pictures.map((picture, index) => [picture, index]));
  });

  it("come before the next picture is started", async () => {
    const seen: string[] = [];
    await engine.generate(
      { ...request, count: 2, size: 256 },
      {
        onProgress: ({ stage, picture, step }) => {
          if (stage === "upsampler-256" && step === 1) seen.push(`begin ${picture}`);
        },
        onPicture: (_, index) => seen.push(`picture ${index}`),
      },
    );
    expect(seen).toEqual(["begin 0", "picture 0", "begin 1", "picture 1"]);
  });
});

describe("cancellation", () => {
  const calls: [string, StageName, (control: Control) => Promise<unknown>][] = [
    ["the diffusion prior", "prior", (control) => engine.generate(request, control)],
    [
      "the autoregressive prior",
      "prior",
      (control) =>
        engine.generate({ ...quick, prompt: "a cat", priorSteps: undefined, prior: "autoregressive" }, control),
    ],
    ["the decoder", "decoder", (control) => engine.generate(request, control)],
    ["an upsampler", "upsampler-256", (control) => engine.generate({ ...request, size: 256 }, control)],
    ["the large upsampler", "upsampler-1024", (control) => engine.generate({ ...request, size: 1024 }, control)],
    [
      "inversion",
      "inversion",
      (control) => engine.variations({ image, strength: 0.5, preset: "draft", size: 64, steps: 3 }, control),
    ],
  ];

  it.each(calls)("takes effect at the next step of %s", async (_, stage, act) => {
    const controller = new AbortController();
    const after: Progress[] = [];
    const onProgress = (progress: Progress) => {
      if (controller.signal.aborted) after.push(progress);
      if (progress.stage === stage) controller.abort();
    };
    const call = act({ signal: controller.signal, onProgress });
    await expect(call).rejects.toMatchObject({ code: "CANCELED", retryable: false });
    expect(after).toEqual([]);
  });

  it("before the call starts nothing", async () => {
    const seen: Progress[] = [];
    const signal = AbortSignal.abort();
    await expect(engine.embed({ image }, { signal })).rejects.toMatchObject({ code: "CANCELED" });
    const call = engine.generate(request, { signal, onProgress: (progress) => seen.push(progress) });
    await expect(call).rejects.toMatchObject({ code: "CANCELED" });
    expect(seen).toEqual([]);
  });

  it("of one call does not affect a concurrent call", async () => {
    const controller = new AbortController();
    const canceled = engine.generate(request, { signal: controller.signal, onProgress: () => controller.abort() });
    const [one, other] = await Promise.allSettled([canceled, engine.generate(request)]);
    expect(one).toMatchObject({ status: "rejected", reason: { code: "CANCELED" } });
    expect(other).toMatchObject({ status: "fulfilled", value: { pictures: [{ png: image }] } });
  });
});

it.each(["onProgress", "onPicture"])("reports an error of %s itself as INTERNAL, with its cause", async (listener) => {
  const cause = new Error("the listener broke");
  const listen = () => {
    throw cause;
  };
  await expect(engine.generate(request, { [listener]: listen })).rejects.toMatchObject({ code: "INTERNAL", cause });
});

it("closing cancels running calls and refuses later ones", async () => {
  const closing = await openUnclip(TINY);
  let closed: Promise<void> | undefined;
  const onProgress = () => {
    closed ??= closing.close();
  };
  await expect(closing.generate(request, { onProgress })).rejects.toMatchObject({ code: "CANCELED" });
  await closed;
  await expect(closing.generate(request)).rejects.toMatchObject({ code: "INTERNAL", message: "The engine is closed" });
});
