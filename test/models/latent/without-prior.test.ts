// A bundle without a prior and without CLIP's text encoder: it draws from pictures, and only the decoder reads captions.
import sharp from "sharp";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { encodeText } from "../../../models/clip/encode.ts";
import { decode, decoderNoise } from "../../../models/decoder/decode.ts";
import { Stages } from "../../../models/pipeline/stages.ts";
import { type DirectPrior, directPrior } from "../../../models/prior/direct-prior.ts";
import { toRgb } from "../../../models/tensor/picture.ts";
import { LATENT, openLatent } from "../../support/models/latent-bundle.ts";
import { allPixelsOf } from "../../support/models/pixels.ts";
import { wave } from "../../support/models/references.ts";

const WITHOUT = { prior: undefined, "clip.text": undefined, scenes: undefined };
const quick = { seed: 7, steps: 3, size: 64 } as const;
let image: Uint8Array;
beforeAll(async () => {
  image = await wave(64, 64);
});

const refused = (field: string, problem: string) => ({
  code: "INVALID_REQUEST",
  field,
  message: `"${field}" ${problem}`,
});
const NO_PRIOR = "needs a prior, which the model latent lacks: it draws from pictures only";
const NO_TEXT = "needs an encoder of captions into CLIP's space, which the model latent lacks";

describe("without a prior", () => {
  it("draws variations and interpolations of pictures", async () => {
    const engine = await openLatent(WITHOUT);
    expect(engine.info).toMatchObject({ priors: [], presets: { draft: { priors: [] } } });
    const [plain] = allPixelsOf(await engine.variations({ ...quick, image, strength: 1 }));
    const [away] = allPixelsOf(
      await engine.variations({ ...quick, image, strength: 1, negativePrompt: "a red apple" }),
    );
    expect(away).not.toEqual(plain);
    const between = [{ image }, { image: await wave(96, 64) }];
    expect((await engine.interpolate({ ...quick, between, frames: 2 })).pictures).toHaveLength(2);
    expect(await engine.embed({ image })).toHaveLength(engine.info.dimensions);
  });

  it("refuses captions that would need an embedding, before any work", async () => {
    const engine = await openLatent(WITHOUT);
    const prompt = "a red apple";
    const damaged = image.subarray(0, 40);
    await expect(engine.generate({ ...quick, prompt })).rejects.toMatchObject(refused("prompt", NO_PRIOR));
    const between = [{ image: damaged }, { prompt }];
    await expect(engine.interpolate({ ...quick, between })).rejects.toMatchObject(
      refused("between.1.prompt", NO_PRIOR),
    );
    const mix = [{ prompt }];
    await expect(engine.variations({ ...quick, image: damaged, mix })).rejects.toMatchObject(
      refused("mix.0.prompt", NO_PRIOR),
    );
    await expect(engine.manipulate({ ...quick, image: damaged, to: prompt })).rejects.toMatchObject(
      refused("to", NO_TEXT),
    );
    await expect(engine.embed({ prompt })).rejects.toMatchObject(refused("prompt", NO_TEXT));
    await expect(engine.score({ image, prompt })).rejects.toMatchObject(refused("prompt", NO_TEXT));
  });

  it("refuses a prior by name", async () => {
    const engine = await openLatent(WITHOUT);
    const between = [{ image }, { image }];
    await expect(engine.interpolate({ ...quick, between, prior: "direct" })).rejects.toMatchObject(
      refused("prior", "must be left out with the model latent, which has none"),
    );
  });
});

it("a bundle with a prior must have CLIP's text encoder", async () => {
  await expect(openLatent({ "clip.text": undefined, scenes: undefined })).rejects.toMatchObject({
    code: "INVALID_BUNDLE",
    message: 'bundle.json: "prior" needs "clip.text", which is missing',
  });
});

describe("embeddingNoise", () => {
  it("sets the decoder's noise level where the bundle declares one", async () => {
    const engine = await openLatent();
    const request = { ...quick, prompt: "a red apple", prior: "direct", literal: true } as const;
    const [picture] = (await engine.generate({ ...request, embeddingNoise: 0.5 })).pictures;
    const drawn = await sharp(picture!.png).removeAlpha().raw().toBuffer();
    const stages = await Stages.open(LATENT, { threads: 1 });
    onTestFinished(() => stages.close());
    const decoder = await stages.decoder(64);
    const { seed, steps, prompt } = request;
    const caption = await encodeText(await stages.textEncoder(), prompt);
    const prior = (await stages.prior("direct")).stage as DirectPrior;
    const z = await directPrior(prior, { caption, priorSamples: 2, seed }, {});
    const x = decoderNoise(decoder, seed);
    const inputs = { z, caption, x, seed, steps, sampler: "ddim", guidance: 2, clamp: true } as const;
    // Half of 1,000 levels, the lowest of which is 0.
    const at = async (noiseLevel: number) => {
      const x0 = await decode(decoder, { ...inputs, noiseLevel }, {});
      return Buffer.from(toRgb(await decoder.codec.decode(x0)).data);
    };
    expect(drawn.equals(await at(500))).toBe(true);
    expect(drawn.equals(await at(0))).toBe(false);
  });
});

describe("a request without a size", () => {
  it("gets the bundle's default", async () => {
    const sizeOf = async (changes: Record<string, unknown>) => {
      const engine = await openLatent(changes);
      const [picture] = (await engine.generate({ seed: 7, steps: 2, priorSteps: 2, prompt: "a cat", literal: true }))
        .pictures;
      const { width } = await sharp(picture!.png).metadata();
      return [engine.info.defaultSize, picture!.size, width];
    };
    expect(await sizeOf({})).toEqual([128, 128, 128]);
    expect(await sizeOf({ defaultSize: 96 })).toEqual([96, 96, 96]);
    await expect(openLatent({ defaultSize: 80 })).rejects.toMatchObject({
      message: 'bundle.json: "defaultSize" must be 64 or 96 or 128, not 80',
    });
  });
});
