// Stable unCLIP 2.1 through the engine, against diffusers' own pipelines given the engine's noise. Bundle and numbers are made
// by models/training/stable_unclip/golden.py, which says what is done to the pipelines.
import { afterAll, describe, expect, it } from "vitest";
import { encodeImage, encodeText } from "../../../models/clip/encode.ts";
import { decode, decoderNoise } from "../../../models/decoder/decode.ts";
import { addNoise } from "../../../models/decoder/noise-augmentation.ts";
import { readPicture } from "../../../models/pipeline/images.ts";
import { Stages } from "../../../models/pipeline/stages.ts";
import { type DiffusionPrior, diffusionPrior } from "../../../models/prior/diffusion-prior.ts";
import { STABLE_UNCLIP } from "../../support/models/family-bundles.ts";
import { ONE_OF_255, readReferences, TOLERANCE, wave } from "../../support/models/references.ts";

/** `level`: of the noise on z_i. `negative`: the caption that guidance leads away from. */
type Case = { name: string; seeds: number[]; steps: number; size: number; level: number; negative?: string };

const { cases, tensor, theirs, distance } = readReferences<{
  text: (Case & { captions: string[] })[];
  image: (Case & { caption: string })[];
  guidance: number;
  priorGuidance: number;
  strides: { picture: number; states: number };
}>("stable-unclip");
const { guidance, priorGuidance, strides } = cases;
const numbered = <Item>(items: readonly Item[]) => items.map((item, index) => ({ ...item, index }));

const stages = await Stages.open(STABLE_UNCLIP, { threads: 1 });
const text = await stages.textEncoder();
const prior = (await stages.prior("diffusion")).stage as DiffusionPrior;
const empty = await stages.emptyCaption();
const wide = [1, stages.bundle.spec.clip.dimensions];
afterAll(() => stages.close());

/** The noise on z_i, the latent and the picture of one place, each from diffusers' own input. */
async function expectDrawn(place: string, { size, steps, level, negative }: Case, seed: number, caption: string) {
  const decoder = await stages.decoder(size);
  const z = tensor(`${place}/z`, wide);
  expect(distance(addNoise(decoder.noiseAugmentation!, z, { level, seed }).data, `${place}/noised`)).toBeLessThan(
    TOLERANCE,
  );
  const unconditional = {
    ...decoder.unconditional,
    caption: negative === undefined ? empty : await encodeText(text, negative),
  };
  const x0 = await decode(
    { ...decoder, unconditional },
    {
      z,
      caption: await encodeText(text, caption),
      x: decoderNoise(decoder, seed),
      noiseLevel: level,
      seed,
      steps,
      sampler: "ddim",
      guidance,
      clamp: true,
    },
    {},
  );
  expect(distance(x0.data, `${place}/latent`)).toBeLessThan(TOLERANCE);
  const picture = await decoder.codec.decode(x0);
  expect(distance(picture.data, `${place}/picture`, strides.picture)).toBeLessThan(ONE_OF_255);
}

describe.each(numbered(cases.text))("StableUnCLIPPipeline, $name", ({ captions, seeds, index, ...given }) => {
  const pictures = captions.map((caption, i) => ({ caption, seed: seeds[i]!, place: `text/${index}/${i}` }));

  it.each(pictures)("reads the caption of $place, for the prior and for the decoder", async ({ caption, place }) => {
    const { embedding, states, mask, ofDecoder } = await encodeText(text, caption);
    expect(Array.from(text.tokenizer.encode(caption).tokens)).toEqual(Array.from(theirs(`${place}/tokens`)));
    expect(mask.data).toEqual(theirs(`${place}/mask`));
    expect(distance(embedding.data, `${place}/embedding`)).toBeLessThan(TOLERANCE);
    expect(distance(states.data, `${place}/states`, strides.states)).toBeLessThan(TOLERANCE);
    expect(distance(ofDecoder!.states.data, `${place}/decoder_states`, strides.states)).toBeLessThan(TOLERANCE);
  });

  it.each(pictures)("samples z_i of $place", async ({ caption, seed, place }) => {
    const inputs = { empty, seed, steps: given.steps, guidance: priorGuidance, priorSamples: 1 };
    const encoded = await encodeText(text, caption);
    const z = await diffusionPrior(prior, { ...inputs, caption: encoded, sampler: "ddpm" }, {});
    expect(distance(z.data, `${place}/z`)).toBeLessThan(TOLERANCE);
  });

  it.each(pictures)("draws $place", ({ caption, seed, place }) =>
    expectDrawn(place, { ...given, seeds }, seed, caption),
  );
});

it("embeds a picture", async () => {
  const { seen } = await readPicture(await wave(224, 224), stages.bundle.spec);
  const z = await encodeImage((await stages.imageEncoder())!, seen);
  expect(distance(z.data, "image/embedding")).toBeLessThan(TOLERANCE);
});

describe.each(numbered(cases.image))("StableUnCLIPImg2ImgPipeline, $name", ({ index, caption, ...given }) => {
  it.each(given.seeds.map((seed, i) => ({ seed, i })))("draws with seed $seed", ({ seed, i }) =>
    expectDrawn(`image/${index}/${i}`, given, seed, caption),
  );
});
