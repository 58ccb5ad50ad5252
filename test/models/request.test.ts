import { describe, expect, it } from "vitest";
import { UnclipError } from "../../models/errors.ts";
import {
  parseEmbed,
  parseGenerate,
  parseInterpolate,
  parseManipulate,
  parseReconstruct,
  parseScore,
  parseVariations,
} from "../../models/request.ts";

const image = Uint8Array.of(1);
const prompt = "a red apple";

describe("a mix", () => {
  it("has one source in each item, with a weight, and embeddings in seven digits", () => {
    const mix = [{ image, weight: 0 }, { prompt: " a cat " }, { embedding: [0.1234567891, 1e-9] }];
    expect(parseGenerate({ prompt, seed: 7, mix }).mix).toEqual([
      { image, weight: 0 },
      { prompt: "a cat" },
      { embedding: [0.1234568, 1e-9] },
    ]);
  });

  it.each<[object, string]>([
    [{ mix: [] }, "mix"],
    [{ mix: Array(5).fill({ prompt }) }, "mix"],
    [{ mix: [{}] }, "mix.0.image"],
    [{ mix: [{ prompt, image }] }, "mix.0.image"],
    [{ mix: [{ prompt, wait: 1 }] }, "mix.0.wait"],
    [{ mix: [{ prompt, weight: -1 }] }, "mix.0.weight"],
    [{ mix: [{ embedding: [0, 0] }] }, "mix.0.embedding"],
    [{ mix: [{ embedding: [Number.NaN] }] }, "mix.0.embedding.0"],
    [{ mix: [{ embedding: "0.1" }] }, "mix.0.embedding"],
    [{ mix: [{ embedding: Array(2049).fill(1) }] }, "mix.0.embedding"],
    [{ weight: 1 }, "weight"],
    [{ weight: 0, mix: [{ prompt, weight: 0 }] }, "weight"],
    [{ embeddingNoise: 1.1 }, "embeddingNoise"],
    [{ negativePrompt: " " }, "negativePrompt"],
  ])("is refused: %j", (fields, field) => {
    for (const parse of [() => parseGenerate({ prompt, ...fields }), () => parseVariations({ image, ...fields })]) {
      expect(parse).toThrow(expect.objectContaining({ code: "INVALID_REQUEST", field }));
    }
  });
});

describe("an omitted option", () => {
  it("gets a default", () => {
    expect(parseGenerate({ prompt, seed: 7 })).toEqual({ prompt, seed: 7, count: 1, preset: "standard" });
    expect(parseVariations({ image, seed: 7 })).toMatchObject({ strength: 0.5, count: 1 });
    expect(parseManipulate({ image, to: "a cat" })).toMatchObject({ amount: 0.25, frames: 1 });
    expect(parseInterpolate({ between: [{ image }, { prompt }] })).toMatchObject({ frames: 8 });
  });

  it("may be null, as GraphQL sends it", () => {
    expect(parseGenerate({ prompt, seed: 7, steps: null, size: null })).toEqual(parseGenerate({ prompt, seed: 7 }));
  });

  it("gets a random seed of 32 bits", () => {
    const seeds = Array.from({ length: 8 }, () => parseGenerate({ prompt }).seed);
    expect(new Set(seeds).size).toBeGreaterThan(1);
    for (const seed of seeds) expect(parseGenerate({ prompt, seed }).seed).toBe(seed);
  });
});

it("captions are trimmed", () => {
  expect(parseGenerate({ prompt: "  a cat\n" }).prompt).toBe("a cat");
});

it("a parsed request is returned as it is when it is parsed again", () => {
  const once = parseGenerate({
    prompt,
    steps: 10,
    guidance: 2,
    prior: "autoregressive",
    sampler: "ddim",
    priorSamples: 1,
  });
  expect(parseGenerate(once)).toEqual(once);
});

describe("an error names the field and the problem", () => {
  const between = [{ image }, { prompt }];
  it.each([
    [parseGenerate, undefined, "", "the request must be an object, not nothing"],
    [parseGenerate, [], "", "the request must be an object, not a list"],
    [parseGenerate, {}, "prompt", '"prompt" is missing'],
    [parseGenerate, { prompt: "  " }, "prompt", '"prompt" must not be empty'],
    [parseGenerate, { prompt: 7 }, "prompt", '"prompt" must be a string, not 7'],
    [parseGenerate, { prompt: "x".repeat(1001) }, "prompt", '"prompt" must have at most 1000 characters, not 1001'],
    [parseGenerate, { prompt, count: 0 }, "count", '"count" must be a whole number from 1 to 16, not 0'],
    [parseGenerate, { prompt, count: 17 }, "count", '"count" must be a whole number from 1 to 16, not 17'],
    [parseGenerate, { prompt, count: 1.5 }, "count", '"count" must be a whole number from 1 to 16, not 1.5'],
    [parseGenerate, { prompt, count: "2" }, "count", '"count" must be a whole number from 1 to 16, not "2"'],
    [parseGenerate, { prompt, size: 0 }, "size", '"size" must be a whole number from 1 to 4096, not 0'],
    [parseGenerate, { prompt, seed: -1 }, "seed", '"seed" must be a whole number from 0 to 4294967295, not -1'],
    [parseGenerate, { prompt, seed: 2 ** 32 }, "seed", /"seed" must be a whole number from 0 to/],
    [
      parseGenerate,
      { prompt, preset: "fast" },
      "preset",
      '"preset" must be "draft" or "standard" or "best", not "fast"',
    ],
    [parseGenerate, { prompt, steps: 1 }, "steps", '"steps" must be a whole number from 2 to 250, not 1'],
    [parseGenerate, { prompt, guidance: Number.NaN }, "guidance", '"guidance" must be a number from 0 to 30, not NaN'],
    [parseGenerate, { prompt, sampler: "euler" }, "sampler", /"sampler" must be "ddpm" or "ddim" or/],
    [
      parseGenerate,
      { prompt, prior: "ar" },
      "prior",
      '"prior" must be "diffusion" or "autoregressive" or "direct", not "ar"',
    ],
    [parseGenerate, { prompt, prior: "autoregressive", priorSteps: 9 }, "priorSteps", /is for the diffusion prior/],
    [parseGenerate, { promt: prompt }, "promt", /^"promt" is not known here \(known: prompt, count/],
    [parseVariations, {}, "image", '"image" is missing'],
    [parseVariations, { image: "cat.png" }, "image", '"image" must be a Uint8Array, not "cat.png"'],
    [parseVariations, { image: new Uint8Array() }, "image", '"image" must not be empty'],
    [parseVariations, { image, strength: 1.1 }, "strength", '"strength" must be a number from 0 to 1, not 1.1'],
    [parseVariations, { image, sampler: "ddpm" }, "sampler", /is not known here/],
    [parseInterpolate, { between: [{ image }] }, "between", '"between" must have 2 to 8 items, not 1'],
    [parseInterpolate, { between: {} }, "between", '"between" must be a list, not an object'],
    [parseInterpolate, { between: [{ image }, 3] }, "between.1", '"between.1" must be an object, not 3'],
    [parseInterpolate, { between: [{ image }, {}] }, "between.1.image", /or a prompt must be given/],
    [parseInterpolate, { between: [{ image, prompt }, { image }] }, "between.0.image", /and not both/],
    [
      parseInterpolate,
      { between: [{ prompt: "" }, { image }] },
      "between.0.prompt",
      '"between.0.prompt" must not be empty',
    ],
    [parseInterpolate, { between, frames: 61 }, "frames", '"frames" must be a whole number from 2 to 60, not 61'],
    [parseInterpolate, { between, animate: "mp4" }, "animate", '"animate" must be "webp" or "gif", not "mp4"'],
    [parseManipulate, { image }, "to", '"to" is missing'],
    [parseManipulate, { image, to: "a cat", amount: 2 }, "amount", '"amount" must be a number from 0 to 1, not 2'],
    [parseManipulate, { image, to: "a cat", animate: "gif" }, "animate", '"animate" needs at least 2 frames'],
    [parseReconstruct, { image, dimensions: [] }, "dimensions", '"dimensions" must have 1 to 16 items, not 0'],
    [parseReconstruct, { image, dimensions: [4, 0] }, "dimensions.1", /must be a whole number of at least 1, not 0/],
    [parseEmbed, {}, "image", /or a prompt must be given/],
    [parseScore, { image }, "prompt", '"prompt" is missing'],
  ])("%o %j", (parse, input, field, message) => {
    const error = failure(() => (parse as (input: unknown) => unknown)(input));
    expect(error).toMatchObject({ code: "INVALID_REQUEST", retryable: false, field });
    expect(error.message).toMatch(message);
  });
});

it("error messages hold no bytes of a picture and no long text", () => {
  expect(failure(() => parseGenerate({ prompt: image })).message).toBe('"prompt" must be a string, not bytes');
  expect(failure(() => parseGenerate({ prompt, preset: "x".repeat(500) })).message.length).toBeLessThan(150);
});

function failure(act: () => unknown): UnclipError {
  try {
    act();
  } catch (error) {
    if (error instanceof UnclipError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
