// Options that change the embedding a picture is drawn from, on the tiny bundle.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EmbeddingOptions } from "../../models/request.ts";
import type { Unclip } from "../../models/types.ts";
import { openUnclip } from "../../models/unclip.ts";
import { allPixelsOf } from "../support/models/pixels.ts";
import { TINY } from "../support/models/tiny-bundle.ts";

const prompt = "a red apple";
const quick = { preset: "best", size: 64, seed: 7, steps: 4, priorSteps: 3, priorSamples: 2 } as const;
const drawing = { preset: "best", size: 64, seed: 7, steps: 4 } as const;

let engine: Unclip;
let image: Uint8Array;
let embedding: number[];

beforeAll(async () => {
  engine = await openUnclip(TINY);
  image = (await engine.generate({ ...quick, prompt })).pictures[0]!.png;
  embedding = Array.from(await engine.embed({ image }));
});
afterAll(() => engine.close());

const drawn = async (options: EmbeddingOptions & { readonly prompt?: string; readonly count?: number }) =>
  allPixelsOf(await engine.generate({ ...quick, prompt, ...options }));

describe("a mix", () => {
  it("differs from each of its parts, and by its weights", async () => {
    const [own, other] = [await drawn({}), await drawn({ prompt: "a cat" })];
    const pictures = [own, other];
    for (const weight of [0.2, 1, 5]) pictures.push(await drawn({ mix: [{ prompt: "a cat", weight }] }));
    expect(new Set(pictures.flat()).size).toBe(5);
    // Only relations between weights count.
    expect(await drawn({ weight: 2, mix: [{ prompt: "a cat", weight: 10 }] })).toEqual(pictures[4]);
    expect(
      await drawn({
        mix: [
          { prompt: "a cat", weight: 0 },
          { image, weight: 0 },
        ],
      }),
    ).toEqual(own);
  });

  it("without a share of the caption draws a given embedding alone", async () => {
    const alone = { weight: 0, mix: [{ embedding }] };
    expect(await drawn({ ...alone, prompt: "a cat" })).toEqual(await drawn({ ...alone, prompt: "a dog" }));
    // A picture's embedding is what CLIP makes of the picture, but for the seventh digit.
    const [fromImage] = await drawn({ weight: 0, mix: [{ image }] });
    expect([fromImage]).not.toEqual(await drawn({}));
  });

  it("may stand beside the picture in variations, also where nothing else differs", async () => {
    const rebuilt = await engine.variations({ ...drawing, image, strength: 0 });
    const mixed = await engine.variations({ ...drawing, image, strength: 0, mix: [{ prompt: "a cat" }] });
    expect(allPixelsOf(mixed)).not.toEqual(allPixelsOf(rebuilt));
    const none = await engine.variations({ ...drawing, image, strength: 0, mix: [{ prompt: "a cat", weight: 0 }] });
    expect(allPixelsOf(none)).toEqual(allPixelsOf(rebuilt));
  });

  it.each([
    [{ mix: [{ embedding: [1, 2, 3] }] }, "mix.0.embedding", /must have 16 numbers with the model tiny, not 3/],
    [{ mix: [{ prompt: "a cat" }, { image: Uint8Array.of(1) }] }, undefined, /not a PNG, JPEG or WebP/],
  ])("is refused: %j", async (options, field, message) => {
    const refused = engine.generate({ ...quick, prompt, ...options });
    await expect(refused).rejects.toMatchObject({ ...(field && { field }), message: expect.stringMatching(message) });
  });
});

describe("a negative caption", () => {
  it("leads away in the prior and in the decoder, each by its own guidance", async () => {
    const options = (guidance: number, priorGuidance: number) => ({ ...quick, prompt, guidance, priorGuidance });
    for (const [guidance, priorGuidance] of [
      [3, 1],
      [1, 3],
    ] as const) {
      const plain = await engine.generate(options(guidance, priorGuidance));
      const away = await engine.generate({ ...options(guidance, priorGuidance), negativePrompt: "a cat" });
      expect(allPixelsOf(away)).not.toEqual(allPixelsOf(plain));
    }
    await expect(engine.generate({ ...options(1, 1), negativePrompt: "a cat" })).rejects.toMatchObject({
      code: "INVALID_REQUEST",
      field: "negativePrompt",
    });
  });

  it("leads variations away, unless they rebuild the picture without guidance", async () => {
    const vary = async (options: object) => allPixelsOf(await engine.variations({ ...drawing, image, ...options }));
    expect(await vary({ negativePrompt: "a cat" })).not.toEqual(await vary({}));
    expect(await vary({ strength: 0, negativePrompt: "a cat" })).toEqual(await vary({ strength: 0 }));
  });
});

describe("noise on the embedding", () => {
  it("changes the picture with its share and its seed, and at 0 nothing", async () => {
    expect(await drawn({ embeddingNoise: 0 })).toEqual(await drawn({}));
    const pictures = [await drawn({}), await drawn({ embeddingNoise: 0.3 }), await drawn({ embeddingNoise: 1 })];
    expect(new Set(pictures.flat()).size).toBe(3);
    // Nothing is left of the embedding, so captions draw the same.
    expect(await drawn({ embeddingNoise: 1, prompt: "a cat" })).toEqual(pictures[2]);
    const { pictures: varied } = await engine.variations({
      ...drawing,
      image,
      strength: 0,
      embeddingNoise: 0.5,
      count: 2,
    });
    expect(new Set(allPixelsOf({ pictures: varied })).size).toBe(2);
  });
});

it("picture k of a batch equals the single picture of its seed, with all of them", async () => {
  const options = { mix: [{ prompt: "a cat" }, { embedding }], negativePrompt: "a dog", embeddingNoise: 0.2 } as const;
  const batch = await engine.generate({ ...quick, prompt, ...options, count: 2 });
  const single = await engine.generate({ ...quick, prompt, ...options, seed: 8 });
  expect(single.pictures[0]).toEqual(batch.pictures[1]);
});
