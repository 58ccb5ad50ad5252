// The whole path on the tiny random bundle: what is drawn means nothing, that it is drawn as promised does.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { UnclipError } from "../../models/errors.ts";
import { decodePicture } from "../../models/tensor/picture.ts";
import type { Tensor } from "../../models/tensor/tensor.ts";
import type { Progress, Result, Unclip } from "../../models/types.ts";
import { openUnclip } from "../../models/unclip.ts";
import { allPixelsOf } from "../support/models/pixels.ts";
import { copyOfTiny, poisonedTiny, TINY } from "../support/models/tiny-bundle.ts";

const prompt = "a red apple on a blue background";
const quick = { preset: "draft", size: 64, seed: 7, steps: 3 } as const;

let engine: Unclip;
let image: Uint8Array;

beforeAll(async () => {
  engine = await openUnclip(TINY);
  image = first(await engine.generate({ ...quick, prompt }));
});

afterAll(() => engine.close());

const first = (result: Result): Uint8Array => result.pictures[0]!.png;
const pixels = (png: Uint8Array): Promise<Tensor> => decodePicture(png, { size: 64, fit: "squash" });

/** Peak signal-to-noise ratio of two pictures in [-1, 1], in decibels. */
async function psnr(a: Uint8Array, b: Uint8Array): Promise<number> {
  const [x, y] = [(await pixels(a)).data, (await pixels(b)).data];
  return 10 * Math.log10(4 / (x.reduce((sum, value, i) => sum + (value - y[i]!) ** 2, 0) / x.length));
}

async function failure(promise: Promise<unknown>): Promise<UnclipError> {
  return promise.then(
    () => expect.fail("it succeeded"),
    (error: UnclipError) => error,
  );
}

it("info describes the bundle", () => {
  expect(engine.info).toMatchObject({ sizes: [64, 256, 1024], priors: ["diffusion", "autoregressive"] });
  expect(engine.info.bytes).toBeGreaterThan(0);
  expect([engine.info.attributes, engine.info.words]).toEqual([[], undefined]);
});

it("names its CLIP by what that is, and not by the rest of the bundle", async () => {
  const clipOf = async (changes: Record<string, unknown>) => {
    const changed = await openUnclip(await copyOfTiny(changes));
    await changed.close();
    return changed.info.clip;
  };
  expect(engine.info.clip).toMatch(/^[0-9a-f]{64}$/);
  expect(await clipOf({ name: "another", "presets.best.decoder.guidance": 1 })).toBe(engine.info.clip);
  expect(await clipOf({ "clip.image.mean": [0.1, 0.2, 0.3] })).not.toBe(engine.info.clip);
});

describe("generate", () => {
  it.each([64, 256, 1024] as const)("draws %i pixels", async (size) => {
    const { pictures, sheet, timings } = await engine.generate({ ...quick, prompt, size });
    const made = { png: expect.any(Uint8Array), score: expect.any(Number), embedding: expect.any(Float32Array) };
    expect(pictures).toEqual([{ ...made, size, seed: 7 }]);
    expect(pictures[0]!.embedding).toHaveLength(engine.info.dimensions);
    const header = Buffer.from(pictures[0]!.png);
    expect([header.readUInt32BE(16), header.readUInt32BE(20)]).toEqual([size, size]);
    expect(sheet).toBeUndefined();
    expect(timings.map(({ stage }) => stage)).toContain(size === 64 ? "decoder" : `upsampler-${size}`);
  });

  it("gives the same bytes for the same call", async () => {
    const request = { ...quick, prompt, preset: "best" } as const;
    expect(await engine.generate(request)).toMatchObject({ pictures: (await engine.generate(request)).pictures });
  });

  it.each(["diffusion", "autoregressive"] as const)(
    "draws seed k alone as in a batch, with the %s prior",
    async (prior) => {
      const request = { ...quick, prompt, size: 256, prior, sampler: "ddpm" } as const;
      const batch = await engine.generate({ ...request, count: 3 });
      expect(batch.pictures.map(({ seed }) => seed)).toEqual([7, 8, 9]);
      expect(batch.sheet).toBeDefined();
      const alone = await engine.generate({ ...request, seed: 9 });
      expect(alone.pictures[0]).toEqual(batch.pictures[2]);
      expect(new Set(allPixelsOf(batch)).size).toBe(3);
    },
  );

  it("carries the seed round the end of its range", async () => {
    const { pictures } = await engine.generate({ ...quick, prompt, seed: 2 ** 32 - 1, count: 2 });
    expect(pictures.map(({ seed }) => seed)).toEqual([2 ** 32 - 1, 0]);
  });

  it.each([
    { prior: "autoregressive" },
    { sampler: "ddim" },
    { steps: 4 },
    { guidance: 1 },
    { priorGuidance: 5 },
    { priorSteps: 3 },
    { seed: 8 },
    { prompt: "a cat" },
  ] as const)("listens to %j", async (change) => {
    const request = { ...quick, preset: "best", prompt } as const;
    const changed = await engine.generate({ ...request, ...change });
    expect(allPixelsOf(changed)).not.toEqual(allPixelsOf(await engine.generate(request)));
  });

  it("scores its picture as score() does", async () => {
    const { pictures } = await engine.generate({ preset: "draft", size: 64, seed: 7, prompt });
    // The picture was rounded to 8 bits in between.
    expect(await engine.score({ image: pictures[0]!.png, prompt })).toBeCloseTo(pictures[0]!.score!, 2);
  });

  it("embeds its picture as embed() does, also where there is no caption", async () => {
    const drawn = [await engine.generate({ ...quick, prompt }), await engine.variations({ ...quick, image })];
    for (const { pictures } of drawn) {
      const { png, embedding } = pictures[0]!;
      const again = await engine.embed({ image: png });
      expect(embedding!.reduce((sum, value, i) => sum + value * again[i]!, 0)).toBeCloseTo(1, 2);
    }
    expect(drawn[1]!.pictures[0]).not.toHaveProperty("score");
  });

  it("warns of what a caption's end was cut", async () => {
    const { warnings } = await engine.generate({ ...quick, prompt: `${"apple ".repeat(100)}pear` });
    expect(warnings).toEqual([
      { code: "CAPTION_CUT", message: expect.stringMatching(/it did not see "apple .*pear"$/) },
    ]);
    expect((await engine.generate({ ...quick, prompt: "apple" })).warnings).toEqual([]);
  });

  it("refuses more steps than the schedule has, before any work", async () => {
    const seen: Progress[] = [];
    const call = engine.generate({ prompt, steps: 251 }, { onProgress: (progress) => seen.push(progress) });
    expect(await failure(call)).toMatchObject({ code: "INVALID_REQUEST", field: "steps" });
    expect(seen).toEqual([]);
  });
});

describe("variations", () => {
  it("rebuilds the picture at strength 0 and moves away as it grows", async () => {
    const at = async (strength: number) =>
      psnr(image, first(await engine.variations({ ...quick, image, strength, steps: 20 })));
    const [rebuilt, near, far] = [await at(0), await at(0.4), await at(1)];
    expect(rebuilt).toBeGreaterThan(30);
    expect(near).toBeLessThan(rebuilt);
    expect(far).toBeLessThan(near);
  });

  it("differ from seed to seed, and are drawn alone as in a batch", async () => {
    const request = { ...quick, image, strength: 0.7 };
    const batch = await engine.variations({ ...request, count: 2 });
    expect(new Set(allPixelsOf(batch)).size).toBe(2);
    expect((await engine.variations({ ...request, seed: 8 })).pictures[0]).toEqual(batch.pictures[1]);
  });

  it("refuses what is no picture, as INVALID_PICTURE", async () => {
    const error = await failure(engine.variations({ ...quick, image: Uint8Array.of(1, 2, 3) }));
    expect(error.code).toBe("INVALID_PICTURE");
  });
});

describe("interpolate", () => {
  it("begins and ends with the pictures themselves", async () => {
    const other = first(await engine.generate({ ...quick, prompt: "a cat", seed: 99 }));
    const request = { ...quick, steps: 20, between: [{ image }, { image: other }], frames: 3 };
    const { pictures, sheet } = await engine.interpolate(request);
    expect(pictures).toHaveLength(3);
    expect(sheet).toBeDefined();
    expect(await psnr(image, pictures[0]!.png)).toBeGreaterThan(30);
    expect(await psnr(other, pictures[2]!.png)).toBeGreaterThan(30);
  });

  it("between a picture and itself, draws that picture", async () => {
    const frames = allPixelsOf(await engine.interpolate({ ...quick, between: [{ image }, { image }], frames: 4 }));
    expect(new Set(frames).size).toBe(1);
  });

  it("begins and ends with what the captions alone would draw", async () => {
    const between = [{ prompt: "a cat" }, { image }, { prompt: "a dog" }];
    const frames = allPixelsOf(await engine.interpolate({ ...quick, between, frames: 5 }));
    const alone = await engine.generate({ ...quick, prompt: "a dog", sampler: "ddim" });
    expect(frames[4]).toEqual(allPixelsOf(alone)[0]);
    expect(new Set(frames).size).toBe(5);
  });

  it.each(["gif", "webp"] as const)("animates as %s", async (format) => {
    const between = [{ prompt: "a cat" }, { prompt: "a dog" }];
    const { animation } = await engine.interpolate({ ...quick, between, frames: 2, animate: format });
    expect(animation?.format).toBe(format);
    expect(Buffer.from(animation!.bytes).toString("latin1", 0, 4)).toBe(format === "gif" ? "GIF8" : "RIFF");
  });
});

describe("manipulate", () => {
  it("begins with the picture and turns away from it", async () => {
    const request = { ...quick, steps: 20, image, from: "a red apple", to: "a green pear", frames: 3 };
    const turned = await engine.manipulate(request);
    const { pictures } = turned;
    expect(await psnr(image, pictures[0]!.png)).toBeGreaterThan(30);
    const [, middle, end] = await Promise.all(pictures.map(({ png }) => psnr(image, png)));
    expect(end).toBeLessThan(middle!);
    const alone = await engine.manipulate({ ...request, frames: 1 });
    expect(allPixelsOf(alone)[0]).toEqual(allPixelsOf(turned)[2]);
  });

  it("refuses two captions that say the same", async () => {
    const error = await failure(engine.manipulate({ ...quick, image, from: "a  cat", to: "A cat" }));
    expect(error).toMatchObject({ code: "INVALID_REQUEST", field: "to" });
  });
});

describe("reconstruct", () => {
  it("keeps the whole embedding in all dimensions", async () => {
    const most = engine.info.dimensions;
    const result = await engine.reconstruct({ ...quick, image, dimensions: [1, most, most - 1, most] });
    const [few, whole, , again] = allPixelsOf(result);
    expect(result.pictures).toHaveLength(4);
    expect(again).toEqual(whole);
    expect(few).not.toEqual(whole);
  });

  it("refuses more dimensions than there are", async () => {
    const error = await failure(engine.reconstruct({ image, dimensions: [2, engine.info.dimensions + 1] }));
    expect(error).toMatchObject({ code: "INVALID_REQUEST", field: "dimensions.1" });
  });
});

describe("embed and score", () => {
  it("give unit vectors and their cosine", async () => {
    const [a, b] = [await engine.embed({ prompt }), await engine.embed({ image })];
    expect(a).toHaveLength(engine.info.dimensions);
    const cosine = a.reduce((sum, value, i) => sum + value * b[i]!, 0);
    expect(Math.hypot(...a)).toBeCloseTo(1, 5);
    expect(await engine.score({ image, prompt })).toBeCloseTo(cosine, 5);
  });
});

describe("NaN in a tensor of the bundle fails with the stage's name", () => {
  it.each([
    ["clip.mean", "prior", (poisoned: Unclip) => poisoned.generate({ ...quick, prompt })],
    ["ar.low", "prior", (poisoned: Unclip) => poisoned.generate({ ...quick, prompt, prior: "autoregressive" })],
    ["decoder.null", "decoder", (poisoned: Unclip) => poisoned.generate({ ...quick, prompt, guidance: 2 })],
    ["pca.mean", "reconstruct", (poisoned: Unclip) => poisoned.reconstruct({ ...quick, image, dimensions: [3] })],
  ])("%s: %s", async (tensor, stage, draw) => {
    const poisoned = await openUnclip(await poisonedTiny(tensor));
    const error = await failure(draw(poisoned));
    expect(error).toMatchObject({ code: "NUMERIC_FAILURE", message: expect.stringMatching(`^${stage}: `) });
    await poisoned.close();
  });
});
