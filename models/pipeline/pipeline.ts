// The verbs of the recipe in models/unclip.ts: the stages of a bundle, set by one request's preset and options.

import { type Caption, encodeImage, type ImageEncoder, type TextEncoder } from "../clip/encode.ts";
import { type Decoder, decode, decoderNoise, invert } from "../decoder/decode.ts";
import { autoregressivePrior } from "../prior/autoregressive-prior.ts";
import { diffusionPrior } from "../prior/diffusion-prior.ts";
import type { SamplerName } from "../request.ts";
import { mapProgress, type Run } from "../run.ts";
import { composeSideBySide, seedOf } from "../scene/compose.ts";
import { encodePng } from "../tensor/picture.ts";
import { resize } from "../tensor/resize.ts";
import { cosine, split, stack, type Tensor } from "../tensor/tensor.ts";
import { type Picture, upsamplerStage } from "../types.ts";
import { type Upsampler, upsample } from "../upsampler/upsample.ts";
import { samplesPerThing } from "../work.ts";
import type { Call } from "./call.ts";
import { Captions, type PicturePlan } from "./captions.ts";
import { type PipelineRequest, resolveSettings, type Settings } from "./settings.ts";
import type { Prior, Stages } from "./stages.ts";

/** Contact sheets and animations are made of pictures of at most this size. */
const SHEET_SIZE = 256;

/** A picture and, where it is one of several, a small copy of it for the contact sheet. */
export type DrawnPicture = { readonly picture: Picture; readonly copy: Tensor | undefined };

/** What the decoder draws one picture from. */
export type DecoderLatent = {
  readonly z: Tensor; // z_i (1, D)
  readonly x: Tensor; // x_T (1, 3, S, S)
  readonly seed: number;
  readonly caption?: Caption | undefined;
  readonly sampler?: SamplerName;
  readonly eta?: number;
  /**
   * How far the picture may leave the one that x_T was inverted from, 0 to 1. Only an unguided, unclamped path leads back to
   * that picture, while new ones need guidance to be sharp; so guidance grows from 1 with this share.
   */
  readonly guidanceShare?: number;
};

type Opened = {
  readonly text: TextEncoder;
  readonly image: ImageEncoder;
  readonly prior: Prior | undefined;
  readonly decoder: Decoder;
  readonly upsamplers: readonly Upsampler[];
};

export class Pipeline {
  readonly #call: Call;
  readonly #settings: Settings;
  readonly #stages: Opened;
  readonly #captions: Captions;
  readonly #empty: Caption;

  private constructor(call: Call, settings: Settings, stages: Opened, captions: Captions, empty: Caption) {
    this.#call = call;
    this.#settings = settings;
    this.#stages = stages;
    this.#captions = captions;
    this.#empty = empty;
  }

  /** Opens every network the request needs before the first one runs, so that a broken one is found before any work. */
  static async open(stages: Stages, call: Call, request: PipelineRequest, usesPrior: boolean): Promise<Pipeline> {
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

  /** z_t and the text states; warns of what the model does not read. */
  readCaption(text: string): Promise<Caption> {
    return this.#captions.read(text);
  }

  /** What the picture of each seed is to show; warns as `caption`. */
  async planPictures(prompt: string, seeds: readonly number[]): Promise<PicturePlan[]> {
    const wishes: PicturePlan[] = [];
    for (const seed of seeds) wishes.push(await this.#captions.plan(prompt, seed));
    return wishes;
  }

  /** The caption "". */
  get emptyCaption(): Caption {
    return this.#empty;
  }

  /** z_i of a picture (1, 3, S, S). */
  async encodeImage(picture: Tensor): Promise<Tensor> {
    return this.#call.timed("clip", () => encodeImage(this.#stages.image, picture));
  }

  /** z_i of every thing of each picture, (things, D); all pictures have as many things, which share the samples. */
  async samplePrior(wishes: readonly Pick<PicturePlan, "things" | "seed">[]): Promise<Tensor[]> {
    const count = wishes[0]?.things.length ?? 1;
    const shape = [count, this.#empty.embedding.shape[1]!];
    return this.#call.each("prior", wishes, shape, async ({ things, seed }, run) => {
      const imagined: Tensor[] = [];
      for (const [i, caption] of things.entries()) {
        const part = mapProgress(run, ({ step, steps }) => ({ step: i * steps + step, steps: count * steps }));
        imagined.push(await this.#imagined({ caption, seed: seedOf(seed, i) }, count, part));
      }
      return stack(imagined);
    });
  }

  #imagined(wish: { readonly caption: Caption; readonly seed: number }, things: number, run: Run): Promise<Tensor> {
    const prior = this.#stages.prior!;
    const { diffusion, autoregressive } = this.#settings.prior;
    const given = { ...wish, empty: this.#empty };
    return prior.name === "diffusion"
      ? diffusionPrior(prior.stage, { ...shared(diffusion!, things), ...given }, run)
      : autoregressivePrior(prior.stage, { ...shared(autoregressive!, things), ...given }, run);
  }

  initialNoise(seed: number): Tensor {
    return decoderNoise(this.#stages.decoder, seed);
  }

  /** x_T of pictures (1, 3, S, S) of the decoder's size, each given its z_i. */
  async invert(pictures: readonly { readonly picture: Tensor; readonly z: Tensor }[]): Promise<Tensor[]> {
    const { steps } = this.#settings.decoder;
    return this.#call.each("inversion", pictures, square(this.#stages.decoder.size), (picture, run) =>
      invert(this.#stages.decoder, { ...picture, caption: this.#empty, steps }, run),
    );
  }

  /** Pictures of the decoder's size. */
  async decode(latents: readonly DecoderLatent[]): Promise<Tensor[]> {
    const { steps, guidance, sampler } = this.#settings.decoder;
    const shape = square(this.#stages.decoder.size);
    return this.#call.each("decoder", latents, shape, ({ guidanceShare = 1, caption = this.#empty, ...latent }, run) =>
      decode(
        this.#stages.decoder,
        { sampler, ...latent, caption, steps, guidance: 1 + guidanceShare * (guidance - 1), clamp: guidanceShare > 0 },
        run,
      ),
    );
  }

  /** Pictures of the decoder's size of what is wished, each with the z_i of its things. */
  async decodePlans(wishes: readonly PicturePlan[], z: readonly Tensor[]): Promise<Tensor[]> {
    const { decoder, image } = this.#stages;
    const pictures = wishes.map((wish, i) => ({ ...wish, z: z[i]! }));
    if (pictures.every(({ first }) => first === undefined)) {
      return this.decode(
        pictures.map(({ z, seed, whole }) => ({ z, x: this.initialNoise(seed), seed, caption: whole })),
      );
    }
    return this.#call.each("decoder", pictures, square(decoder.size), ({ z, things, first, ...wish }, run) => {
      const apart = split(z, things.length).map((own, i) => ({ z: own, caption: things[i]! }));
      return composeSideBySide(
        decoder,
        image,
        { ...this.#settings.decoder, ...wish, things: apart, first: first! },
        run,
      );
    });
  }

  /** Upsamples to the size asked for and encodes. Large pictures are done one by one: sixteen would be 200 MB of numbers. */
  async upsampleAndEncode(
    pictures: Tensor[],
    seeds: readonly number[],
    captions?: readonly Caption[],
  ): Promise<DrawnPicture[]> {
    const scale = (upsampler: Upsampler, picture: Tensor, index: number) => {
      const stage = upsamplerStage(upsampler.to);
      const inputs = { ...this.#settings.upsamplers.get(upsampler.to)!, picture, seed: seeds[index]! };
      const place = { picture: index, pictures: pictures.length };
      return this.#call.one(stage, place, square(upsampler.to), (run) => upsample(upsampler, inputs, run));
    };
    const last = this.#stages.upsamplers.at(-1);
    for (const upsampler of this.#stages.upsamplers.slice(0, -1)) {
      for (const [index, picture] of pictures.entries()) pictures[index] = await scale(upsampler, picture, index);
    }
    const drawn: DrawnPicture[] = [];
    for (const [index, picture] of pictures.entries()) {
      const large = last === undefined ? picture : await scale(last, picture, index);
      const finish = () => this.#finished(large, seeds[index]!, captions?.[index], pictures.length > 1);
      drawn.push(await this.#call.timed("finish", finish));
      this.#call.drawn(drawn[index]!.picture, index);
    }
    return drawn;
  }

  async #finished(tensor: Tensor, seed: number, caption: Caption | undefined, copied: boolean): Promise<DrawnPicture> {
    const { size } = this.#settings;
    const png = new Uint8Array(await encodePng(tensor));
    const embedding = await encodeImage(this.#stages.image, tensor);
    const score = caption && cosine(embedding, caption.embedding);
    const copy = size > SHEET_SIZE && copied ? resize(tensor, SHEET_SIZE, SHEET_SIZE) : tensor;
    const picture = { png, size, seed, ...(score !== undefined && { score }), embedding: embedding.data };
    return { picture, copy: copied ? copy : undefined };
  }
}

/** A prior's options with its samples shared among the things of a picture. */
function shared<Options extends { readonly priorSamples: number }>(options: Options, things: number): Options {
  return { ...options, priorSamples: samplesPerThing(options.priorSamples, things) };
}

/** The shape of a picture. */
function square(size: number): readonly number[] {
  return [1, 3, size, size];
}
