// Every verb on a decoder of latents that draws several sizes, through the whole engine.
import sharp from "sharp";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type Caption, encodeText } from "../../../models/clip/encode.ts";
import { decode, decoderNoise } from "../../../models/decoder/decode.ts";
import { Stages } from "../../../models/pipeline/stages.ts";
import type { Progress, Result } from "../../../models/types.ts";
import { type PricedRequest, workOf } from "../../../models/work.ts";
import { MemoryStageCache } from "../../support/models/bundle-copies.ts";
import { LATENT, openLatent } from "../../support/models/latent-bundle.ts";

const SIZES = [64, 96, 128];
const quick = { seed: 7, steps: 4, priorSteps: 2, literal: true } as const;
const drawing = { seed: 7, steps: 4 } as const;
const prompt = "a red apple";

const pixelsOf = async ({ pictures }: Pick<Result, "pictures">) =>
  Promise.all(pictures.map(({ png }) => sharp(png).removeAlpha().raw().toBuffer()));
/** Of 255 levels, at the pixel that differs most. */
const distance = (a: Uint8Array, b: Uint8Array) => a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i]!)), 0);

/** A soft picture of 8 x 8 blocks, which the autoencoder takes and gives back as it is. */
async function blocks(size: number): Promise<Buffer> {
  const data = new Uint8Array(size * size * 3);
  for (let i = 0; i < data.length; i++) {
    const [x, y] = [Math.floor(((i / 3) % size) / 8), Math.floor(i / 3 / size / 8)];
    data[i] = 128 + Math.round(60 * Math.sin(x + 2 * y + (i % 3)));
  }
  return sharp(data, { raw: { width: size, height: size, channels: 3 } })
    .png()
    .toBuffer();
}

let image: Buffer;
beforeAll(async () => {
  image = await blocks(96);
});

describe("generate", () => {
  it.each(SIZES.flatMap((size) => (["diffusion", "direct"] as const).map((prior) => ({ size, prior }))))(
    "draws $size px by the $prior prior",
    async (request) => {
      const engine = await openLatent();
      const { pictures } = await engine.generate({ ...quick, ...request, prompt, count: 2 });
      for (const { png, size, score, embedding } of pictures) {
        expect(await sharp(png).metadata()).toMatchObject({ width: request.size, height: request.size });
        expect(size).toBe(request.size);
        expect(score).toBeGreaterThan(-1);
        expect(embedding).toHaveLength(engine.info.dimensions);
      }
      const [first, second] = await pixelsOf({ pictures });
      expect(distance(first!, second!)).toBeGreaterThan(20);
      const alone = await engine.generate({ ...quick, ...request, prompt, seed: 8 });
      expect(distance((await pixelsOf(alone))[0]!, second!)).toBe(0);
    },
  );

  it("conditions the decoder on captions as its own text encoder reads them", async () => {
    const stages = await Stages.open(LATENT, { threads: 1 });
    onTestFinished(() => stages.close());
    const decoder = await stages.decoder(64);
    const text = await stages.textEncoder();
    const [cat, drum] = [await encodeText(text, "a cat"), await encodeText(text, "a drum")];
    expect(cat.states.shape).toEqual([1, 16, 16]);
    expect(cat.ofDecoder!.states.shape).toEqual([1, 12, 8]);
    const inputs = { z: cat.embedding, x: decoderNoise(decoder, 1), seed: 1, clamp: true, guidance: 2 } as const;
    const drawn = (caption: Caption) => decode(decoder, { ...inputs, caption, sampler: "ddim", steps: 3 }, {});
    const [one, same, other] = [
      await drawn(cat),
      await drawn({ ...drum, ofDecoder: cat.ofDecoder }),
      await drawn({ ...cat, ofDecoder: drum.ofDecoder }),
    ];
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
  });

  it("draws the same with one network open at a time", async () => {
    const request = { ...quick, size: 96, prompt } as const;
    const [one, all] = [await openLatent({}, { memory: "one", threads: 1 }), await openLatent()];
    expect(await pixelsOf(await one.generate(request))).toEqual(await pixelsOf(await all.generate(request)));
  }, 60_000);

  it("composes two things in the space of pictures", async () => {
    const engine = await openLatent();
    expect(engine.info.scenes).toBe(true);
    const request = { ...quick, size: 64, prompt: "a cat to the left of a drum" };
    const [scene] = await pixelsOf(await engine.generate({ ...request, literal: false }));
    const [single] = await pixelsOf(await engine.generate(request));
    expect(distance(scene!, single!)).toBeGreaterThan(0);
  });
});

describe.each(SIZES)("at %i px", (size) => {
  it("variations rebuild the picture at strength 0 and move away as it grows", async () => {
    const engine = await openLatent();
    const picture = await blocks(size);
    const [given] = await pixelsOf({ pictures: [{ png: picture, size, seed: 0 }] });
    const at = async (strength: number) =>
      distance((await pixelsOf(await engine.variations({ ...drawing, image: picture, size, strength })))[0]!, given!);
    // The noise on z_i differs from its mean by a part of 160: the path down is not exactly the path up.
    expect(await at(0)).toBeLessThan(6);
    expect(await at(1)).toBeGreaterThan(20);
  });

  it("an interpolation begins with the picture and ends with the caption", async () => {
    const engine = await openLatent();
    const request = { ...quick, size, frames: 3, steps: 4 } as const;
    const frames = await pixelsOf(await engine.interpolate({ ...request, between: [{ image }, { prompt }] }));
    expect(frames).toHaveLength(3);
    const [rebuilt] = await pixelsOf(await engine.variations({ ...drawing, image, size, strength: 0 }));
    expect(distance(frames[0]!, rebuilt!)).toBeLessThan(3);
    expect(distance(frames[2]!, frames[0]!)).toBeGreaterThan(20);
  });

  it("manipulate turns away from the picture", async () => {
    const engine = await openLatent();
    const frames = await pixelsOf(
      await engine.manipulate({ ...drawing, image, size, to: "a drum", frames: 3, amount: 0.5 }),
    );
    expect(distance(frames[2]!, frames[0]!)).toBeGreaterThan(distance(frames[1]!, frames[0]!) / 2);
  });

  it("is priced by its area", async () => {
    const engine = await openLatent();
    const request: PricedRequest = { ...quick, size, preset: "draft", prompt, count: 1 };
    expect(workOf(request, engine.info)).toBe(Math.ceil(2 + 4 * (size / 64) ** 2));
  });
});

describe("a size that the bundle does not draw", () => {
  const refused = (size: number) => ({
    code: "INVALID_REQUEST",
    field: "size",
    message: `"size" must be 64 or 96 or 128 with the model latent, not ${size}`,
  });

  it.each([32, 72, 256])("is refused before any work: %i px", async (size) => {
    const engine = await openLatent();
    await expect(engine.generate({ ...quick, prompt, size })).rejects.toMatchObject(refused(size));
    // Not as a damaged picture: it is not even read.
    const damaged = image.subarray(0, 100);
    await expect(engine.variations({ image: damaged, size })).rejects.toMatchObject(refused(size));
    await expect(engine.manipulate({ image: damaged, to: "a cat", size })).rejects.toMatchObject(refused(size));
    const between = [{ image: damaged }, { prompt }];
    await expect(engine.interpolate({ between, size })).rejects.toMatchObject(refused(size));
  });
});

describe("previews of latents", () => {
  const previews = async (changes: Record<string, unknown>, memory: "all" | "one" = "all") => {
    const engine = await openLatent(changes, { memory, threads: 1 });
    const seen: Progress[] = [];
    const onProgress = (progress: Progress) => void seen.push(progress);
    const result = await engine.generate({ ...quick, prompt, size: 128 }, { onProgress });
    return { seen: seen.filter(({ stage }) => stage === "decoder"), picture: (await pixelsOf(result))[0]! };
  };

  it("are the declared linear map of x0", async () => {
    const { seen, picture } = await previews({});
    expect(seen.map(({ preview }) => preview?.size)).toEqual([16, 16, 16, 16]);
    const { rgb } = seen.at(-1)!.preview!;
    let compared = 0;
    for (const [i, value] of rgb.entries()) {
      const [x, y, channel] = [Math.floor(i / 3) % 16, Math.floor(i / 3 / 16), i % 3];
      const patch = Array.from({ length: 64 }, (_, k) => {
        return picture[((8 * y + Math.floor(k / 8)) * 128 + 8 * x + (k % 8)) * 3 + channel]!;
      });
      if (patch.some((level) => level === 0 || level === 255)) continue;
      compared++;
      expect(Math.abs(value - patch.reduce((sum, level) => sum + level, 0) / 64)).toBeLessThan(1.1);
    }
    expect(compared).toBeGreaterThan(10);
  });

  it("are decoded from shrunk latents where no map is declared", async () => {
    const { seen } = await previews({ "decoder.latent.preview": undefined });
    expect(seen.map(({ preview }) => preview?.size)).toEqual([64, 64, 64, 64]);
  });

  it("are none where no map is declared and one network is open at a time", async () => {
    const { seen } = await previews({ "decoder.latent.preview": undefined }, "one");
    expect(seen.map(({ preview }) => preview)).toEqual([undefined, undefined, undefined, undefined]);
  }, 60_000);
});

it("a second attempt takes latents from the stage cache and draws the same", async () => {
  const engine = await openLatent();
  const stageCache = new MemoryStageCache();
  const request = { ...drawing, image, size: 96, count: 2, strength: 0.5 } as const;
  const first = await engine.variations(request, { stageCache });
  expect([...stageCache.kept.keys()]).toEqual(["inversion/0", "decoder/0", "decoder/1"]);
  const steps: Progress[] = [];
  const second = await engine.variations(request, { stageCache, onProgress: (step) => steps.push(step) });
  expect(steps).toEqual([]);
  expect(await pixelsOf(second)).toEqual(await pixelsOf(first));
});

describe("a bundle without an encoder", () => {
  it("of latents refuses pictures that would be inverted, and draws captions", async () => {
    const engine = await openLatent({ "decoder.latent.encode": undefined, scenes: undefined });
    const problem = "needs an encoder of pictures into latents, which the model latent lacks";
    await expect(engine.variations({ image, size: 64 })).rejects.toMatchObject({ message: `"image" ${problem}` });
    const between = [{ prompt }, { image }];
    const refused = { code: "INVALID_REQUEST", message: `"between.1.image" ${problem}` };
    await expect(engine.interpolate({ between, size: 64 })).rejects.toMatchObject(refused);
    expect((await engine.generate({ ...quick, prompt, size: 64 })).pictures).toHaveLength(1);
    expect(await engine.embed({ image })).toHaveLength(engine.info.dimensions);
  });

  it("of CLIP refuses pictures, and draws captions without a score", async () => {
    const engine = await openLatent({ "clip.image": undefined, scenes: undefined });
    const refused = {
      code: "INVALID_REQUEST",
      message: '"image" needs an encoder of pictures, which the model latent lacks',
    };
    await expect(engine.variations({ image, size: 64 })).rejects.toMatchObject(refused);
    await expect(engine.embed({ image })).rejects.toMatchObject(refused);
    const [picture] = (await engine.generate({ ...quick, prompt, size: 64 })).pictures;
    expect(picture).not.toHaveProperty("score");
    expect(picture).not.toHaveProperty("embedding");
  });
});
