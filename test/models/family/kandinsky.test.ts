// Kandinsky 2.2 through the engine, against diffusers' own pipelines given the engine's noise. Bundle and numbers are made by
// models/training/kandinsky/golden.py, which says what is done to the pipelines.
import { afterAll, describe, expect, it } from "vitest";
import { type Caption, encodeImage, encodeText } from "../../../models/clip/encode.ts";
import { conditionsOf, unconditionalOf } from "../../../models/decoder/conditions.ts";
import { type Decoder, decode, decoderNoise } from "../../../models/decoder/decode.ts";
import { conditioned } from "../../../models/diffusion/conditioned.ts";
import { clamped } from "../../../models/diffusion/guidance.ts";
import { ddpm } from "../../../models/diffusion/samplers/ddpm.ts";
import { readPicture } from "../../../models/pipeline/images.ts";
import { Stages } from "../../../models/pipeline/stages.ts";
import { type DiffusionPrior, diffusionPrior } from "../../../models/prior/diffusion-prior.ts";
import { startNoise, stepNoise } from "../../../models/tensor/noise.ts";
import { decodePicture } from "../../../models/tensor/picture.ts";
import { linear, scale, type Tensor } from "../../../models/tensor/tensor.ts";
import { openUnclip } from "../../../models/unclip.ts";
import { KANDINSKY } from "../../support/models/family-bundles.ts";
import { ONE_OF_255, readReferences, TOLERANCE, wave } from "../../support/models/references.ts";

type TextCase = {
  name: string;
  captions: string[];
  seeds: number[];
  steps: number;
  size: number;
  negative?: string;
  stock?: true;
};
type ImageCase = { name: string; seeds: number[]; steps: number; strength: number; size: number };

const { cases, tensor, theirs, distance, levels } = readReferences<{
  text: TextCase[];
  image: ImageCase[];
  mix: { prompts: string[]; weights: number[]; seed: number; steps: number; size: number };
  guidance: number;
  strides: { picture: number; states: number };
}>("kandinsky");
const { guidance, strides } = cases;
const numbered = <Item>(items: readonly Item[]) => items.map((item, index) => ({ ...item, index }));

const stages = await Stages.open(KANDINSKY, { threads: 1 });
const text = await stages.textEncoder();
const prior = (await stages.prior("diffusion")).stage as DiffusionPrior;
const empty = await stages.emptyCaption();
const wide = [1, stages.bundle.spec.clip.dimensions];
afterAll(() => stages.close());

const sample = (caption: Caption, seed: number, steps: number, away = empty) =>
  diffusionPrior(prior, { caption, empty: away, seed, steps, guidance, priorSamples: 1, sampler: "ddpm" }, {});
const draw = (decoder: Decoder, z: Tensor, seed: number, steps: number) =>
  decode(
    decoder,
    {
      z,
      caption: undefined,
      x: decoderNoise(decoder, seed),
      seed,
      steps,
      sampler: "ddpm",
      guidance,
      clamp: true,
    },
    {},
  );

it("what stands for no picture is the mean colour as CLIP sees it", async () => {
  expect(distance((await stages.decoder(64)).unconditional.z!.data, "null")).toBeLessThan(TOLERANCE);
});

describe.each(numbered(cases.text))(
  "KandinskyV22Pipeline, $name",
  ({ captions, seeds, steps, size, index, negative }) => {
    const pictures = captions.map((caption, i) => ({ caption, seed: seeds[i]!, place: `text/${index}/${i}` }));

    it.each(pictures)("reads the caption of $place", async ({ caption, place }) => {
      const { embedding, states, mask } = await encodeText(text, caption);
      expect(Array.from(text.tokenizer.encode(caption).tokens)).toEqual(Array.from(theirs(`${place}/tokens`)));
      expect(mask.data).toEqual(theirs(`${place}/mask`));
      expect(distance(embedding.data, `${place}/embedding`)).toBeLessThan(TOLERANCE);
      expect(distance(states.data, `${place}/states`, strides.states)).toBeLessThan(TOLERANCE);
    });

    it.each(pictures)("samples z_i of $place", async ({ caption, seed, place }) => {
      const away = negative === undefined ? empty : await encodeText(text, negative);
      const z = await sample(await encodeText(text, caption), seed, steps, away);
      expect(distance(z.data, `${place}/z`)).toBeLessThan(TOLERANCE);
      if (negative === undefined) return;
      // diffusers leads the negative caption's z_i away from that caption itself, so that it is unguided.
      expect(distance((await sample(away, seed, steps, away)).data, `${place}/null`)).toBeLessThan(TOLERANCE);
    });

    it.each(pictures)("draws $place", async ({ seed, place }) => {
      const plain = await stages.decoder(size);
      const decoder = { ...plain, unconditional: { z: tensor(`${place}/null`, wide), caption: undefined } };
      const x0 = await draw(decoder, tensor(`${place}/z`, wide), seed, steps);
      expect(distance(x0.data, `${place}/latent`)).toBeLessThan(TOLERANCE);
      expect(distance((await plain.codec.decode(x0)).data, `${place}/picture`, strides.picture)).toBeLessThan(
        ONE_OF_255,
      );
    });
  },
);

describe.each(numbered(cases.image))("KandinskyV22Img2ImgPipeline, $name", (given) => {
  const { seeds, steps, strength, size, index } = given;
  // The engine's own verb begins with the picture's inverted noise (paper 3.1). diffusers begins with the noised picture, so the
  // two are compared stage by stage.
  it.each(numbered(seeds.map((seed) => ({ seed }))))("redraws with seed $seed", async ({ seed, index: i }) => {
    const decoder = await stages.decoder(size);
    const picture = await decodePicture(await wave(size, size), { size, fit: "crop" });
    const x0 = await decoder.codec.encode(picture);
    expect(distance(x0.data, `image/${index}/encoded`)).toBeLessThan(TOLERANCE);
    const { schedule } = decoder;
    const timesteps = schedule.timesteps(steps).slice(steps - Math.floor(steps * strength));
    const noise = startNoise("decoder", seed, x0.shape);
    const x = linear(schedule.alpha(timesteps[0]!), x0, schedule.sigma(timesteps[0]!), noise);
    const z = tensor("image/embedding", wide);
    const conditions = conditionsOf(decoder, { z, caption: undefined });
    const denoiser = conditioned(decoder, conditions, unconditionalOf(decoder), guidance);
    const drawn = await ddpm(clamped(denoiser, decoder.clipSampleRange), x, {
      schedule,
      timesteps,
      noise: stepNoise("decoder", seed, x.shape),
    });
    const place = `image/${index}/${i}`;
    expect(distance(drawn.data, `${place}/latent`)).toBeLessThan(TOLERANCE);
    const finished = await decoder.codec.decode(drawn);
    expect(distance(finished.data, `${place}/picture`, strides.picture)).toBeLessThan(ONE_OF_255);
  });
});

describe("guidance's halves", () => {
  it("predict alike as one batch and one after the other, one row at a time", async () => {
    const decoder = await stages.decoder(64);
    const x = startNoise("decoder", 7, decoder.shape);
    const conditions = conditionsOf(decoder, { z: tensor("image/embedding", wide), caption: undefined });
    const rows: number[] = [];
    const network: typeof decoder.network = {
      spec: decoder.network.spec,
      run: (feeds) => {
        rows.push(feeds.x!.shape[0]!);
        return decoder.network.run(feeds);
      },
    };
    const predict = async (halves: "together" | "apart") => {
      const stage = { ...decoder, network, halves };
      return (await conditioned(stage, conditions, unconditionalOf(decoder), guidance)(x, 981)).x0.data;
    };
    const [together, apart] = [await predict("together"), await predict("apart")];
    expect(rows).toEqual([2, 1, 1]);
    const differences = together.map((value, i) => Math.abs(value - apart[i]!));
    expect(Math.max(...differences)).toBeLessThan(TOLERANCE);
    expect(Math.max(...together)).toBeGreaterThan(1);
  });
});

describe("KandinskyV22PriorPipeline.interpolate", () => {
  const { prompts, weights, seed, steps, size } = cases.mix;

  it("mixes two captions and a picture", async () => {
    const image = (await stages.imageEncoder())!;
    const { seen } = await readPicture(await wave(224, 224), stages.bundle.spec);
    const pictured = await encodeImage(image, seen);
    expect(distance(pictured.data, "image/embedding")).toBeLessThan(TOLERANCE);
    const captioned = await Promise.all(
      prompts.map(async (prompt) => sample(await encodeText(text, prompt), seed, steps)),
    );
    // A plain sum: the engine's own mix goes along the sphere, where embeddings keep their length.
    const z = [...captioned, pictured].map((part, i) => scale(weights[i]!, part)).reduce((a, b) => linear(1, a, 1, b));
    expect(distance(z.data, "mix/z")).toBeLessThan(TOLERANCE);
  });

  it("draws the mix", async () => {
    const decoder = await stages.decoder(size);
    const x0 = await draw(decoder, tensor("mix/z", wide), seed, steps);
    expect(distance(x0.data, "mix/latent")).toBeLessThan(TOLERANCE);
    const picture = await decoder.codec.decode(x0);
    expect(distance(picture.data, "mix/picture", strides.picture)).toBeLessThan(ONE_OF_255);
  });
});

it.each(numbered(cases.text).filter(({ stock }) => stock))(
  "the engine's pictures are those of unchanged diffusers, $name",
  async ({ captions, seeds, steps, size, index }) => {
    const engine = await openUnclip(KANDINSKY, { threads: 1 });
    const request = { prompt: captions[0]!, count: captions.length, seed: seeds[0]!, steps, priorSteps: steps, size };
    const { pictures } = await engine.generate(request);
    await engine.close();
    for (const [i, { png }] of pictures.entries()) {
      const stride = strides.picture;
      expect(await levels(png, `text/${index}/${i}/stock`, { size, stride })).toBeLessThanOrEqual(1);
    }
  },
);
