// The stages of a bundle as the verbs of the paper, configured by the preset and the options of one request.
import { type Caption, encodeImage, type ImageEncoder, type TextEncoder } from "../clip/encode.ts";
import { type Decoder, decode, decoderNoise, invert } from "../decoder/decode.ts";
import { autoregressivePrior } from "../prior/autoregressive-prior.ts";
import { diffusionPrior } from "../prior/diffusion-prior.ts";
import type { SamplerName } from "../request.ts";
import { mapProgress, type Run } from "../run.ts";
import { composeSideBySide, seedOf } from "../scene/compose.ts";
import { split, stack, type Tensor } from "../tensor/tensor.ts";
import { type Result, upsamplerStage } from "../types.ts";
import { type Upsampler, upsample } from "../upsampler/upsample.ts";
import { samplesPerThing } from "../work.ts";
import type { Call } from "./call.ts";
import { Captions, type PicturePlan } from "./captions.ts";
import { type FinishOptions, finishPictures, type LargePictures } from "./finish.ts";
import { type PipelineRequest, resolveSettings, type Settings } from "./settings.ts";
import type { Prior, Stages } from "./stages.ts";

/** What the decoder draws one picture from. */
export type DecoderLatent = {
  readonly z: Tensor; // z_i (1, D)
  readonly x: Tensor; // x_T (1, 3, S, S)
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

/** A negative caption and its z_i (1, D). */
export type Negative = { readonly caption: Caption; readonly z: Tensor };

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
   * INVALID_REQUEST for options that the bundle does not support, INVALID_BUNDLE.
   */
  static async open(
    stages: Stages,
    call: Call,
    request: PipelineRequest,
    { usesPrior }: { readonly usesPrior: boolean },
  ): Promise<Pipeline> {
    const settings = resolveSettings(stages.bundle.spec, request);
    const opened = await call.timed("open", async () => ({
      text: await stages.textEncoder(),
      image: await stages.imageEncoder(),
      prior: usesPrior ? await stages.prior(settings.prior.name) : undefined,
      decoder: await stages.decoder(),
      upsamplers: await stages.upsamplers(settings.size),
    }));
    const captions = new Captions(call, opened.text, request.literal ? undefined : stages.scenes);
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
    const shapeOf = ({ things }: PriorInput) => [things.length, width];
    return this.#call.each("prior", inputs, shapeOf, async ({ things, seed, negative = this.emptyCaption }, run) => {
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
    const { diffusion, autoregressive } = this.#settings.prior;
    return prior.name === "diffusion"
      ? diffusionPrior(prior.stage, { ...shareSamples(diffusion!, things), ...inputs }, run)
      : autoregressivePrior(prior.stage, { ...shareSamples(autoregressive!, things), ...inputs }, run);
  }

  /** x_T (1, 3, S, S) of a new picture. */
  initialNoise(seed: number): Tensor {
    return decoderNoise(this.#stages.decoder, seed);
  }

  /** x_T (1, 3, S, S) of pictures (1, 3, S, S) with their z_i, by DDIM inversion (paper 3). */
  async invert(pictures: readonly { readonly picture: Tensor; readonly z: Tensor }[]): Promise<Tensor[]> {
    const { steps } = this.#settings.decoder;
    const { decoder } = this.#stages;
    return this.#call.each("inversion", pictures, square(decoder.size), (picture, run) =>
      invert(decoder, { ...picture, caption: this.emptyCaption, steps }, run),
    );
  }

  /** Small pictures (1, 3, S, S) in [-1, 1] (paper 2.1). */
  async decode(latents: readonly DecoderLatent[]): Promise<Tensor[]> {
    const { decoder } = this.#stages;
    const { steps, guidance: scale, sampler } = this.#settings.decoder;
    return this.#call.each("decoder", latents, square(decoder.size), (latent, run) => {
      const { guidanceShare = 1, caption = this.emptyCaption, negative, ...inputs } = latent;
      const guidance = 1 + guidanceShare * (scale - 1);
      return decode(
        awayFrom(decoder, negative),
        { sampler, ...inputs, caption, steps, guidance, clamp: guidanceShare > 0 },
        run,
      );
    });
  }

  /** Small pictures (1, 3, S, S) in [-1, 1] of plans with the z_i of their things; two things are composed. */
  async decodePlans(planned: readonly EmbeddedPlan[]): Promise<Tensor[]> {
    const { decoder, image } = this.#stages;
    if (planned.every(({ first }) => first === undefined)) {
      return this.decode(
        planned.map(({ z, seed, whole, negative }) => {
          return { z, x: this.initialNoise(seed), seed, caption: whole, negative };
        }),
      );
    }
    return this.#call.each("decoder", planned, square(decoder.size), ({ z, things, first, negative, ...plan }, run) => {
      const latents = split(z, things.length).map((own, i) => ({ z: own, caption: things[i]! }));
      const inputs = { ...this.#settings.decoder, ...plan, things: latents, first: first! };
      return composeSideBySide(awayFrom(decoder, negative), image!, inputs, run);
    });
  }

  /**
   * Pictures at the requested size, drawn with one seed or a seed each. They are made while they are iterated over, and the
   * last upsampler runs for one at a time: sixteen pictures of 1024 px would take 200 MB.
   */
  upsample(small: readonly Tensor[], seeds: number | readonly number[]): LargePictures {
    const each = typeof seeds === "number" ? small.map(() => seeds) : seeds;
    return { pictures: this.#upsampled([...small], each), seeds: each };
  }

  async *#upsampled(pictures: Tensor[], seeds: readonly number[]): AsyncGenerator<Tensor> {
    const enlarge = (upsampler: Upsampler, index: number) => {
      const inputs = {
        ...this.#settings.upsamplers.get(upsampler.to)!,
        picture: pictures[index]!,
        seed: seeds[index]!,
      };
      const place = { picture: index, pictures: pictures.length };
      return this.#call.one(upsamplerStage(upsampler.to), place, square(upsampler.to), (run) =>
        upsample(upsampler, inputs, run),
      );
    };
    const last = this.#stages.upsamplers.at(-1);
    for (const upsampler of this.#stages.upsamplers.slice(0, -1)) {
      for (const index of pictures.keys()) pictures[index] = await enlarge(upsampler, index);
    }
    for (const [index, picture] of pictures.entries()) yield last === undefined ? picture : await enlarge(last, index);
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
  return negative === undefined ? decoder : { ...decoder, unconditional: negative };
}

/** A prior's options with its samples shared among the things of a picture. */
function shareSamples<Options extends { readonly priorSamples: number }>(options: Options, things: number): Options {
  return { ...options, priorSamples: samplesPerThing(options.priorSamples, things) };
}

/** The shape of a picture. */
function square(size: number): readonly number[] {
  return [1, 3, size, size];
}
