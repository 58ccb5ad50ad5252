// The stages of a bundle as the verbs of the paper, configured by the preset and the options of one request.
import { type Caption, encodeImage, type ImageEncoder, noCaption, type TextEncoder } from "../clip/encode.ts";
import { type Decoder, decode, decoderNoise, invert } from "../decoder/decode.ts";
import { autoregressivePrior } from "../prior/autoregressive-prior.ts";
import { diffusionPrior } from "../prior/diffusion-prior.ts";
import { directPrior } from "../prior/direct-prior.ts";
import type { SamplerName } from "../request.ts";
import { mapProgress, type Run } from "../run.ts";
import { composeSideBySide, seedOf } from "../scene/compose.ts";
import { split, stack, type Tensor } from "../tensor/tensor.ts";
import { type Result, upsamplerStage } from "../types.ts";
import { type Upsampler, upsample } from "../upsampler/upsample.ts";
import { samplesPerThing } from "../work.ts";
import type { Call, Stage } from "./call.ts";
import { Captions, type PicturePlan } from "./captions.ts";
import { type FinishOptions, finishPictures, type LargePictures } from "./finish.ts";
import type { Settings } from "./settings.ts";
import type { Prior, Stages } from "./stages.ts";

/** What the decoder draws one picture from. */
export type DecoderLatent = {
  readonly z: Tensor; // z_i (1, D)
  readonly x: Tensor; // x_T (1, C, s, s)
  readonly seed: number;
  readonly caption?: Caption | undefined;
  readonly sampler?: SamplerName;
  readonly eta?: number;
  /**
   * 0 to 1 (1): the share of guidance and clamping that is applied. Only an unguided, unclamped path leads back to the picture
   * that x_T was inverted from, while new pictures need guidance to be sharp, so the scale grows from 1 with this share.
   */
  readonly guidanceShare?: number;
  /** What guidance leads away from; the decoder's own unconditional input where there is none. */
  readonly negative?: Negative | undefined;
};

/** A negative caption and its z_i (1, D). Without z_i it changes only what the decoder reads. */
export type Negative = { readonly caption: Caption; readonly z: Tensor | undefined };

/** The captions of one picture that the prior samples a z_i for, and the caption that it leads away from. */
export type PriorInput = Pick<PicturePlan, "things" | "seed"> & { readonly negative?: Caption | undefined };

type OpenStages = {
  readonly text: TextEncoder;
  /** Undefined when the bundle has none; readPicture then refuses every picture. */
  readonly image: ImageEncoder | undefined;
  readonly prior: Prior | undefined;
  readonly decoder: Decoder;
  readonly upsamplers: readonly Upsampler[];
};

export class Pipeline {
  readonly #call: Call;
  readonly #settings: Settings;
  readonly #stages: OpenStages;
  readonly #captions: Captions;
  /** The caption "". */
  readonly emptyCaption: Caption;

  private constructor(call: Call, settings: Settings, stages: OpenStages, captions: Captions, empty: Caption) {
    this.#call = call;
    this.#settings = settings;
    this.#stages = stages;
    this.#captions = captions;
    this.emptyCaption = empty;
  }

  /**
   * Opens every network that the request uses before the first one runs, so that a broken one fails before any work. Throws
   * INVALID_BUNDLE.
   */
  static async open(
    stages: Stages,
    call: Call,
    settings: Settings,
    { usesPrior }: { readonly usesPrior: boolean },
  ): Promise<Pipeline> {
    const opened = await call.timed("open", async () => ({
      text: await stages.textEncoder(),
      image: await stages.imageEncoder(),
      prior: usesPrior ? await stages.prior(settings.prior.name!) : undefined,
      decoder: await stages.decoder(settings.decoderSize),
      upsamplers: await stages.upsamplers(settings.size),
    }));
    const captions = new Captions(call, opened.text, settings.literal ? undefined : stages.scenes);
    return new Pipeline(call, settings, opened, captions, await stages.emptyCaption());
  }

  /** z_t (1, D) and the text states of a caption. Warns about what the model does not read. */
  encodeText(text: string): Promise<Caption> {
    return this.#captions.encode(text);
  }

  /** What the picture of each seed shows, its captions encoded. Warns as `encodeText`. */
  async planPictures(prompt: string, seeds: readonly number[]): Promise<PicturePlan[]> {
    const plans: PicturePlan[] = [];
    for (const seed of seeds) plans.push(await this.#captions.plan(prompt, seed));
    return plans;
  }

  /** Picture (1, 3, S, S) in [-1, 1] -> z_i (1, D). */
  async encodeImage(picture: Tensor): Promise<Tensor> {
    return this.#call.timed("clip", () => encodeImage(this.#stages.image!, picture));
  }

  /** z_i of the things of each input, (things, D) (paper 2.2). The things of an input share the samples. */
  async samplePrior(inputs: readonly PriorInput[]): Promise<Tensor[]> {
    const width = this.emptyCaption.embedding.shape[1]!;
    const stage = ({ things }: PriorInput): Stage => ({ name: "prior", shape: [things.length, width] });
    return this.#call.each(stage, inputs, async ({ things, seed, negative = this.#noCaption() }, run) => {
      const count = things.length;
      const sampled: Tensor[] = [];
      for (const [i, caption] of things.entries()) {
        const part = mapProgress(run, ({ step, steps }) => ({ step: i * steps + step, steps: count * steps }));
        sampled.push(await this.#sampleThing({ caption, empty: negative, seed: seedOf(seed, i) }, count, part));
      }
      return stack(sampled);
    });
  }

  #sampleThing(inputs: ThingInputs, things: number, run: Run): Promise<Tensor> {
    const prior = this.#stages.prior!;
    const { diffusion, autoregressive, direct } = this.#settings.prior;
    if (prior.name === "direct") return directPrior(prior.stage, { ...shareSamples(direct!, things), ...inputs }, run);
    return prior.name === "diffusion"
      ? diffusionPrior(prior.stage, { ...shareSamples(diffusion!, things), ...inputs }, run)
      : autoregressivePrior(prior.stage, { ...shareSamples(autoregressive!, things), ...inputs }, run);
  }

  /** What stands for no caption in the prior's guidance. */
  #noCaption(): Caption {
    const { prior } = this.#stages;
    const isOwn = prior !== undefined && "unconditional" in prior && prior.unconditional === "network";
    return isOwn ? noCaption(this.emptyCaption) : this.emptyCaption;
  }

  /** x_T (1, C, s, s) of a new picture. */
  initialNoise(seed: number): Tensor {
    return decoderNoise(this.#stages.decoder, seed);
  }

  /** x_T (1, C, s, s) of pictures (1, 3, S, S) with their z_i, by DDIM inversion (paper 3). */
  async invert(pictures: readonly { readonly picture: Tensor; readonly z: Tensor }[]): Promise<Tensor[]> {
    const { steps } = this.#settings.decoder;
    const { decoder } = this.#stages;
    return this.#call.each(this.#decoding("inversion"), pictures, async ({ picture, z }, run) => {
      const x0 = await decoder.codec.encode(picture);
      return invert(decoder, { x0, z, caption: this.emptyCaption, steps }, run);
    });
  }

  /** x0 (1, C, s, s) of small pictures (paper 2.1). */
  async decode(latents: readonly DecoderLatent[]): Promise<Tensor[]> {
    const { decoder } = this.#stages;
    const { steps, guidance: scale, sampler, noiseLevel } = this.#settings.decoder;
    return this.#call.each(this.#decoding("decoder"), latents, (latent, run) => {
      const { guidanceShare = 1, caption = this.emptyCaption, negative, ...inputs } = latent;
      const guidance = 1 + guidanceShare * (scale - 1);
      return decode(
        awayFrom(decoder, negative),
        { sampler, ...inputs, caption, steps, guidance, noiseLevel, clamp: guidanceShare > 0 },
        run,
      );
    });
  }

  /** x0 (1, C, s, s) of plans with the z_i of their things; two things are composed. */
  async decodePlans(planned: readonly EmbeddedPlan[]): Promise<Tensor[]> {
    const { decoder } = this.#stages;
    if (planned.every(({ first }) => first === undefined)) {
      return this.decode(
        planned.map(({ z, seed, whole, negative }) => {
          return { z, x: this.initialNoise(seed), seed, caption: whole, negative };
        }),
      );
    }
    return this.#call.each(this.#decoding("decoder"), planned, ({ z, things, first, negative, ...plan }, run) => {
      const latents = split(z, things.length).map((own, i) => ({ z: own, caption: things[i]! }));
      const inputs = { ...this.#settings.decoder, ...plan, things: latents, first: first! };
      return composeSideBySide(awayFrom(decoder, negative), inputs, run);
    });
  }

  #decoding(name: "inversion" | "decoder"): Stage {
    const { shape, codec } = this.#stages.decoder;
    return { name, shape, preview: codec.preview };
  }

  /**
   * Pictures at the requested size, from the decoder's x0, drawn with one seed or a seed each. They are made while they are
   * iterated over, and the last network runs for one at a time: sixteen pictures of 1024 px would take 200 MB.
   */
  upsample(x0: readonly Tensor[], seeds: number | readonly number[]): LargePictures {
    const each = typeof seeds === "number" ? x0.map(() => seeds) : seeds;
    return { pictures: this.#upsampled([...x0], each), seeds: each };
  }

  async *#upsampled(pictures: Tensor[], seeds: readonly number[]): AsyncGenerator<Tensor> {
    const { decoder, upsamplers } = this.#stages;
    type Enlarge = (picture: Tensor, index: number) => Promise<Tensor>;
    const decoded: Enlarge = (x0) => this.#call.timed("decoder", () => decoder.codec.decode(x0));
    const enlarged = upsamplers.map((upsampler): Enlarge => {
      const { to } = upsampler;
      const stage: Stage = { name: upsamplerStage(to), shape: [1, 3, to, to], preview: (x0) => x0 };
      const sampling = this.#settings.upsamplers.get(to)!;
      return (picture, index) => {
        const inputs = { ...sampling, picture, seed: seeds[index]! };
        const place = { picture: index, pictures: pictures.length };
        return this.#call.one(stage, place, (run) => upsample(upsampler, inputs, run));
      };
    });
    const chain = [decoded, ...enlarged];
    for (const enlarge of chain.slice(0, -1)) {
      for (const [index, picture] of pictures.entries()) pictures[index] = await enlarge(picture, index);
    }
    for (const [index, picture] of pictures.entries()) yield await chain.at(-1)!(picture, index);
  }

  /** The result: encoded pictures with their scores, contact sheet, animation, warnings and timings. */
  finish(large: LargePictures, options: FinishOptions): Promise<Result> {
    return finishPictures(this.#call, this.#stages.image, large, options);
  }
}

/** A plan with the z_i of its things, (things, D). */
type EmbeddedPlan = PicturePlan & { readonly z: Tensor; readonly negative: Negative | undefined };

type ThingInputs = { readonly caption: Caption; readonly empty: Caption; readonly seed: number };

/** The decoder with a negative caption as the unconditional half of its guidance. */
function awayFrom(decoder: Decoder, negative: Negative | undefined): Decoder {
  if (negative === undefined) return decoder;
  return { ...decoder, unconditional: { caption: negative.caption, z: negative.z ?? decoder.unconditional.z } };
}

/** A prior's options with its samples shared among the things of a picture. */
function shareSamples<Options extends { readonly priorSamples: number }>(options: Options, things: number): Options {
  return { ...options, priorSamples: samplesPerThing(options.priorSamples, things) };
}
