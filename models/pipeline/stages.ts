// The stages of one bundle. Networks are opened on first use and stay open, or one at a time (models/onnx/session-pool.ts).
import { readFile } from "node:fs/promises";
import { type Bundle, openBundle, QUANTILES } from "../bundle/open.ts";
import type { SchedulerSpec } from "../bundle/scheduler.ts";
import { type Caption, encodeText, type ImageEncoder, type TextEncoder } from "../clip/encode.ts";
import { Tokenizer } from "../clip/tokenizer.ts";
import { Vocabulary } from "../clip/vocabulary.ts";
import type { Decoder } from "../decoder/decode.ts";
import { createSchedule } from "../diffusion/schedule.ts";
import { invalidRequest } from "../errors.ts";
import { openIsolated } from "../onnx/isolated.ts";
import { availableMemory, type MemoryPlan, planMemory } from "../onnx/memory.ts";
import { Network, type SessionOptions } from "../onnx/session.ts";
import { ResidentSessions, type SessionPool, SingleSession } from "../onnx/session-pool.ts";
import type { AutoregressivePrior } from "../prior/autoregressive-prior.ts";
import type { DiffusionPrior } from "../prior/diffusion-prior.ts";
import { Pca, Quantiser } from "../prior/pca.ts";
import type { MemoryName, PriorName } from "../request.ts";
import { SceneParser } from "../scene/parse.ts";
import { Tensor } from "../tensor/tensor.ts";
import { upsamplerStage } from "../types.ts";
import type { Upsampler } from "../upsampler/upsample.ts";

export type Prior =
  | { readonly name: "diffusion"; readonly stage: DiffusionPrior }
  | { readonly name: "autoregressive"; readonly stage: AutoregressivePrior };

type TextReader = Pick<TextEncoder, "tokenizer" | "vocabulary">;

type StagesOptions = SessionOptions & {
  readonly memory?: MemoryName | undefined;
  /** Engines that share this machine's memory. */
  readonly engines?: number | undefined;
};

export class Stages {
  readonly bundle: Bundle;
  /** Undefined when bundle.json has no `scenes`. */
  readonly scenes: SceneParser | undefined;
  readonly #textReader: TextReader;
  readonly #networks: SessionPool;

  private constructor(bundle: Bundle, textReader: TextReader, networks: SessionPool) {
    this.bundle = bundle;
    this.scenes = bundle.spec.scenes && new SceneParser(bundle.spec.scenes, bundle.spec.tokenizer.clean);
    this.#textReader = textReader;
    this.#networks = networks;
  }

  /** Throws INVALID_BUNDLE, INSUFFICIENT_MEMORY. Opens no network yet. */
  static async open(folder: string, { memory = "auto", engines = 1, ...options }: StagesOptions): Promise<Stages> {
    // On a GPU the weights are in its own memory, whose size is not known here.
    const available = options.provider === "cuda" ? Number.POSITIVE_INFINITY : availableMemory() / engines;
    let plan: MemoryPlan = "all";
    const bundle = await openBundle(folder, (spec) => {
      plan = planMemory(spec, memory, available);
    });
    return new Stages(bundle, await openTextReader(bundle), createPool(bundle, plan, options));
  }

  /** Of the training captions; undefined when the bundle does not list them. */
  get words(): readonly string[] | undefined {
    return this.#textReader.vocabulary?.words;
  }

  async textEncoder(): Promise<TextEncoder> {
    const { text, normalise } = this.bundle.spec.clip;
    return { network: await this.#networks.get(text, "clip-text"), normalise, ...this.#textReader };
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
      const { network, scheduler } = prior.diffusion;
      const opened = await this.#networks.get(network, "prior");
      return { name, stage: { network: opened, ...createScheduler(scheduler), ...this.whitening(), normalise } };
    }
    if (name === "autoregressive" && prior.autoregressive !== undefined) {
      const { network, coefficients, buckets, dotBuckets } = prior.autoregressive;
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
      return { name, stage };
    }
    throw invalidRequest("prior", `must be one that the model ${this.bundle.spec.name} has, not ${name}`);
  }

  /** Mean and standard deviation of each component of the embeddings (D). Throws INVALID_REQUEST when the bundle has none. */
  whitening(): { readonly mean: Tensor; readonly std: Tensor } {
    if (!this.bundle.has("clip.mean")) {
      const { name } = this.bundle.spec;
      throw invalidRequest("embeddingNoise", `needs statistics of the CLIP space, which the model ${name} lacks`);
    }
    return { mean: this.#vector("clip.mean"), std: this.#vector("clip.std") };
  }

  /** Throws INVALID_REQUEST when the bundle has no principal components, as imported models do. */
  pca(): Pca {
    const { name, clip } = this.bundle.spec;
    const { dimensions } = clip;
    if (!this.bundle.has("pca.basis")) {
      throw invalidRequest("dimensions", `needs principal components of the CLIP space, which the model ${name} lacks`);
    }
    return new Pca(this.#vector("pca.mean"), this.bundle.tensor("pca.basis", [dimensions, dimensions]));
  }

  async decoder(): Promise<Decoder> {
    const { network, sizes, scheduler } = this.bundle.spec.decoder;
    const opened = await this.#networks.get(network, "decoder");
    const readsText = Object.keys(network.inputs).some((name) => name.startsWith("text_"));
    const z = new Tensor(this.#vector("decoder.null").data, [1, this.bundle.spec.clip.dimensions]);
    const unconditional = { z, caption: readsText ? await this.emptyCaption() : undefined };
    return { network: opened, size: sizes[0]!, ...createScheduler(scheduler), unconditional };
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

function createPool(bundle: Bundle, plan: MemoryPlan, options: SessionOptions): SessionPool {
  if (plan === "all") {
    return new ResidentSessions((spec, stage) => Network.open(bundle.path(spec.file), spec, stage, options));
  }
  return new SingleSession((spec, stage) => openIsolated({ path: bundle.path(spec.file), spec, stage, options }));
}

function createScheduler(spec: SchedulerSpec) {
  const { predictionType, varianceType, clipSampleRange } = spec;
  return { schedule: createSchedule(spec, spec), predictionType, varianceType, clipSampleRange };
}

async function openTextReader(bundle: Bundle): Promise<TextReader> {
  const { vocab, merges, words, ...options } = bundle.spec.tokenizer;
  const read = (file: string) => readFile(bundle.path(file), "utf8");
  const [symbols, pairs, known] = await Promise.all([read(vocab), read(merges), words && read(words)]);
  return {
    tokenizer: Tokenizer.fromFiles(symbols, pairs, options),
    vocabulary: known ? new Vocabulary(known, options.clean) : undefined,
  };
}
