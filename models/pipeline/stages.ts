// The stages of one bundle. Networks are opened on first use and stay open, or one at a time (models/onnx/session-pool.ts).
import { readsText } from "../bundle/decoder.ts";
import { type Bundle, openBundle } from "../bundle/open.ts";
import type { Part } from "../bundle/parts.ts";
import type { UnconditionalText } from "../bundle/prior.ts";
import type { SchedulerSpec } from "../bundle/scheduler.ts";
import type { BundleSpec } from "../bundle/spec.ts";
import { QUANTILES } from "../bundle/tensors.ts";
import type { Concept } from "../clip/concepts.ts";
import { type Caption, encodeText, type ImageEncoder, type TextEncoder } from "../clip/encode.ts";
import type { Whitening } from "../clip/whitening.ts";
import type { Decoder } from "../decoder/decode.ts";
import type { Halves } from "../diffusion/guidance.ts";
import { createSchedule } from "../diffusion/schedule.ts";
import { invalidRequest } from "../errors.ts";
import { type Codec, latentCodec, PICTURES } from "../latent/codec.ts";
import { availableMemory, checkSize, type MemoryPlan, planMemory } from "../onnx/memory.ts";
import type { SessionOptions } from "../onnx/session.ts";
import type { SessionPool } from "../onnx/session-pool.ts";
import type { AutoregressivePrior } from "../prior/autoregressive-prior.ts";
import type { DiffusionPrior } from "../prior/diffusion-prior.ts";
import type { DirectPrior } from "../prior/direct-prior.ts";
import { Pca, Quantiser } from "../prior/pca.ts";
import type { MemoryName, PriorName } from "../request.ts";
import { SceneParser } from "../scene/parse.ts";
import { Tensor } from "../tensor/tensor.ts";
import { upsamplerStage } from "../types.ts";
import type { Upsampler } from "../upsampler/upsample.ts";
import { createPool } from "./pool.ts";
import { openTextReader, type TextReader } from "./text-reader.ts";

/** `unconditional`: what stands for no caption in its guidance. */
export type Prior =
  | { readonly name: "diffusion"; readonly stage: DiffusionPrior; readonly unconditional: UnconditionalText }
  | { readonly name: "autoregressive"; readonly stage: AutoregressivePrior; readonly unconditional: UnconditionalText }
  | { readonly name: "direct"; readonly stage: DirectPrior };

type StagesOptions = SessionOptions & {
  readonly memory?: MemoryName | undefined;
  /** Engines that share this machine's memory. */
  readonly engines?: number | undefined;
  readonly part?: Part | undefined;
};

type Planned = {
  readonly plan: MemoryPlan;
  readonly part: Part;
  /** Throws INSUFFICIENT_MEMORY for a size of the decoder that does not fit. */
  readonly checkSize: (size: number) => Halves;
};

export class Stages {
  readonly bundle: Bundle;
  /** Undefined when bundle.json has no `scenes`. */
  readonly scenes: SceneParser | undefined;
  readonly #textReader: TextReader;
  readonly #networks: SessionPool;
  readonly #plan: MemoryPlan;
  readonly #checkSize: (size: number) => Halves;

  private constructor(
    bundle: Bundle,
    textReader: TextReader,
    { plan, part, checkSize, ...options }: SessionOptions & Planned,
  ) {
    this.bundle = bundle;
    this.scenes = bundle.spec.scenes && new SceneParser(bundle.spec.scenes, bundle.spec.tokenizer.clean);
    this.#textReader = textReader;
    this.#networks = createPool(bundle, plan, part, options);
    this.#plan = plan;
    this.#checkSize = checkSize;
  }

  /** Throws INVALID_BUNDLE, INSUFFICIENT_MEMORY. Opens no network yet. */
  static async open(
    folder: string,
    { memory = "auto", engines = 1, part = "all", ...options }: StagesOptions,
  ): Promise<Stages> {
    // On a GPU the weights are in its own memory, whose size is not known here.
    const available = () => (options.provider === "cuda" ? Number.POSITIVE_INFINITY : availableMemory() / engines);
    let plan: MemoryPlan = "all";
    const admit = (spec: BundleSpec) => {
      plan = planMemory(spec, memory, available(), part);
    };
    const bundle = await openBundle(folder, { admit, part });
    // An explicit plan is followed.
    const check = (size: number) => (memory === "auto" ? checkSize(bundle.spec, size, plan, available()) : "together");
    return new Stages(bundle, await openTextReader(bundle), { ...options, plan, part, checkSize: check });
  }

  /** Of the training captions; undefined when the bundle does not list them. */
  get words(): readonly string[] | undefined {
    return this.#textReader.vocabulary?.words;
  }

  /** What it was taught to draw; undefined when the bundle does not list it. */
  get concepts(): readonly Concept[] | undefined {
    return this.#textReader.concepts;
  }

  /** CLIP's encoder of captions, and the decoder's own. */
  async textEncoder(): Promise<TextEncoder> {
    const { ofDecoder } = this.#textReader;
    return {
      ...(await this.clipTextEncoder()),
      ofDecoder: ofDecoder && {
        network: await this.#networks.get(this.bundle.spec.decoder.textEncoder!.network, "decoder-text"),
        tokenizer: ofDecoder,
      },
    };
  }

  async clipTextEncoder(): Promise<TextEncoder> {
    const { text, dimensions, normalise } = this.bundle.spec.clip;
    const { tokenizer, vocabulary, emoji } = this.#textReader;
    const network = text && (await this.#networks.get(text, "clip-text"));
    return { network, dimensions, normalise, tokenizer, vocabulary, emoji };
  }

  /** Undefined when the bundle has none. */
  async imageEncoder(): Promise<ImageEncoder | undefined> {
    const { image, normalise } = this.bundle.spec.clip;
    return image && { network: await this.#networks.get(image, "clip-image"), normalise, spec: image };
  }

  /** Throws INVALID_REQUEST when the bundle lacks this prior. */
  async prior(name: PriorName): Promise<Prior> {
    const { prior, clip } = this.bundle.spec;
    const normalise = clip.normalise;
    if (name === "diffusion" && prior.diffusion !== undefined) {
      const { network, scheduler, unconditional, keyValues } = prior.diffusion;
      const opened = await this.#networks.get(network, "prior");
      const stage = { network: opened, ...createScheduler(scheduler), ...this.whitening(), normalise, keyValues };
      return { name, stage, unconditional };
    }
    if (name === "autoregressive" && prior.autoregressive !== undefined) {
      const { network, coefficients, buckets, dotBuckets, unconditional } = prior.autoregressive;
      const range = (end: string) => this.bundle.tensor(`ar.${end}`, [coefficients]);
      const stage = {
        network: await this.#networks.get(network, "prior"),
        coefficients,
        buckets,
        dotBuckets,
        dotQuantiles: this.bundle.tensor("ar.dot_quantiles", [QUANTILES]).data,
        pca: this.pca(),
        quantiser: new Quantiser(range("low"), range("high"), buckets),
        normalise,
      };
      return { name, stage, unconditional };
    }
    if (name === "direct" && prior.direct !== undefined) {
      return { name, stage: { network: await this.#networks.get(prior.direct.network, "prior"), normalise } };
    }
    throw invalidRequest("prior", `must be one that the model ${this.bundle.spec.name} has, not ${name}`);
  }

  /** Needs the capability "noise-embedding". */
  whitening(): Whitening {
    return { mean: this.#vector("clip.mean"), std: this.#vector("clip.std") };
  }

  /** Needs the capability "reconstruct". */
  pca(): Pca {
    const { dimensions } = this.bundle.spec.clip;
    return new Pca(this.#vector("pca.mean"), this.bundle.tensor("pca.basis", [dimensions, dimensions]));
  }

  /** The decoder of pictures of `size` pixels, one of its sizes. Throws INSUFFICIENT_MEMORY. */
  async decoder(size: number = this.bundle.spec.decoder.sizes[0]!): Promise<Decoder> {
    const halves = this.#checkSize(size);
    const { network, scheduler, unconditional, noiseAugmentation } = this.bundle.spec.decoder;
    const opened = await this.#networks.get(network, "decoder");
    const stored = () => new Tensor(this.#vector("decoder.null").data, [1, this.bundle.spec.clip.dimensions]);
    const codec = await this.#codec();
    const side = size / codec.factor;
    return {
      network: opened,
      codec,
      shape: [1, codec.channels, side, side],
      ...createScheduler(scheduler),
      halves,
      unconditional: {
        z: unconditional === "stored" ? stored() : undefined,
        caption: readsText(network) ? await this.emptyCaption() : undefined,
      },
      noiseAugmentation: noiseAugmentation && {
        schedule: createSchedule(noiseAugmentation),
        ...this.whitening(),
      },
    };
  }

  async #codec(): Promise<Codec> {
    const { latent } = this.bundle.spec.decoder;
    if (latent === undefined) return PICTURES;
    return latentCodec(latent, {
      decode: await this.#networks.get(latent.decode, "autoencoder"),
      encode: latent.encode && (await this.#networks.get(latent.encode, "autoencoder")),
      // With one network open at a time, each preview would open two.
      decodesPreviews: this.#plan === "all",
    });
  }

  /** The upsamplers from the decoder's size up to `size`. */
  async upsamplers(size: number): Promise<Upsampler[]> {
    const needed = this.bundle.spec.upsamplers.filter(({ to }) => to <= size);
    return Promise.all(
      needed.map(async ({ network, last, to, scheduler, overshoot = false }) => {
        const stage = upsamplerStage(to);
        const opened = {
          network: await this.#networks.get(network, stage),
          last: last && (await this.#networks.get(last, stage)),
        };
        return { ...opened, to, ...createScheduler(scheduler), overshoot };
      }),
    );
  }

  async emptyCaption(): Promise<Caption> {
    return encodeText(await this.textEncoder(), "");
  }

  close(): Promise<void> {
    return this.#networks.close();
  }

  #vector(name: string): Tensor {
    return this.bundle.tensor(name, [this.bundle.spec.clip.dimensions]);
  }
}

function createScheduler(spec: SchedulerSpec) {
  const { predictionType, varianceType, clipSampleRange } = spec;
  return { schedule: createSchedule(spec, spec), predictionType, varianceType, clipSampleRange };
}
