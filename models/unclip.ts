// The engine: the verbs of unCLIP (Ramesh et al. 2022) as recipes. Caption -> CLIP text encoder -> z_t -> prior -> z_i ->
// decoder -> upsamplers. A picture enters as its bipartite latent (z_i, x_T), section 3.
import { availableParallelism } from "node:os";
import { createInfo } from "./bundle/info.ts";
import { encodeImage, encodeText } from "./clip/encode.ts";
import { invalidRequest } from "./errors.ts";
import { probe } from "./onnx/provider.ts";
import { pictoFolder } from "./picto.ts";
import { Calls } from "./pipeline/call.ts";
import { needsPrior, readMix, sampleEmbeddings } from "./pipeline/embeddings.ts";
import { encodeEndpoints } from "./pipeline/endpoints.ts";
import { grid, readInvertible, readPicture, row } from "./pipeline/images.ts";
import { arcShares, guidanceRamp, linspace, rotateTowards, slerpPath } from "./pipeline/interpolation.ts";
import { limitInvertedNoise } from "./pipeline/inverted-noise.ts";
import { type DecoderLatent, Pipeline } from "./pipeline/pipeline.ts";
import { createRecords } from "./pipeline/provenance.ts";
import { resolveSettings } from "./pipeline/settings.ts";
import { Stages } from "./pipeline/stages.ts";
import {
  type GenerateInput,
  type ImageOrPrompt,
  type InterpolateInput,
  type ManipulateInput,
  parseEmbed,
  parseGenerate,
  parseInterpolate,
  parseManipulate,
  parseReconstruct,
  parseScore,
  parseVariations,
  type ReconstructInput,
  type ScoreInput,
  type VariationsInput,
} from "./request.ts";
import { projectToClipSpace } from "./run.ts";
import { checkCapability } from "./supported.ts";
import { cosine, linear, norm, Tensor } from "./tensor/tensor.ts";
import type { Control, Info, Result, Unclip, UnclipOptions } from "./types.ts";

/**
 * Opens the bundle in `folder` (picto by default) in this thread. Throws UnclipError: INVALID_BUNDLE, INSUFFICIENT_MEMORY, or
 * INTERNAL when the provider does not work. Servers use `openUnclipInWorker`, because every denoising step blocks its thread.
 */
export async function openUnclip(folder: string = pictoFolder(), options: UnclipOptions = {}): Promise<Unclip> {
  const { threads = availableParallelism(), provider = "cpu", ...others } = options;
  if (provider !== "cpu") await probe(provider);
  return new Engine(await Stages.open(folder, { threads, provider, ...others }));
}

class Engine implements Unclip {
  readonly info: Info;
  readonly #stages: Stages;
  readonly #calls = new Calls();

  constructor(stages: Stages) {
    this.info = { ...createInfo(stages.bundle.spec), words: stages.words, concepts: stages.concepts };
    this.#stages = stages;
  }

  /** Section 2: the prior samples z_i for the caption, the decoder draws from it, the upsamplers enlarge. */
  generate(input: GenerateInput, control: Control = {}): Promise<Result> {
    return this.#calls.run(control, async (call) => {
      const request = parseGenerate(input);
      const seeds = seedsOf(request);
      const { spec } = this.#stages.bundle;
      const settings = resolveSettings(spec, request);
      const mix = await readMix(request, spec, call);
      const pipeline = await Pipeline.open(this.#stages, call, settings, { usesPrior: true });
      const plans = await pipeline.planPictures(request.prompt, seeds); // encodeText, for one or two things
      const embeddings = await sampleEmbeddings(pipeline, this.#stages, request, mix, { plans });
      const small = await pipeline.decodePlans(plans.map((plan, i) => ({ ...plan, ...embeddings[i]! })));
      const large = pipeline.upsample(small, seeds);
      const records = createRecords(this.info, "generate", { ...request, size: settings.size });
      return pipeline.finish(large, { records, captions: plans.map(({ whole }) => whole), columns: grid });
    });
  }

  /** Section 3.1: (z_i, x_T) of the picture decoded again with DDIM's eta > 0. */
  variations(input: VariationsInput, control: Control = {}): Promise<Result> {
    return this.#calls.run(control, async (call) => {
      const request = parseVariations(input);
      const { strength } = request;
      const seeds = seedsOf(request);
      const { spec } = this.#stages.bundle;
      const settings = resolveSettings(spec, request);
      const { signal } = call;
      const picture = await readInvertible(request.image, spec, { ...settings, signal });
      const mix = await readMix(request, spec, call);
      const pipeline = await Pipeline.open(this.#stages, call, settings, { usesPrior: needsPrior(request, spec) });
      const z = await pipeline.encodeImage(picture.seen);
      const embeddings = await sampleEmbeddings(pipeline, this.#stages, request, mix, { z, seeds });
      const [x] = await pipeline.invert([{ picture: picture.small, z }]);
      const small = await pipeline.decode(
        embeddings.map((embedding, i): DecoderLatent => {
          const guidanceShare = Math.max(strength, ...arcShares([z, embedding.z]));
          return { ...embedding, x: x!, seed: seeds[i]!, sampler: "ddim", eta: strength, guidanceShare };
        }),
      );
      const records = createRecords(this.info, "variations", { ...request, size: settings.size });
      return pipeline.finish(pipeline.upsample(small, seeds), { records, columns: grid });
    });
  }

  /** Section 3.2: slerp of both z_i and x_T between the endpoints. All frames share the upsamplers' noise. */
  interpolate(input: InterpolateInput, control: Control = {}): Promise<Result> {
    return this.#calls.run(control, async (call) => {
      const request = parseInterpolate(input);
      const { between, frames, seed, animate } = request;
      const { spec } = this.#stages.bundle;
      const settings = resolveSettings(spec, request);
      const { decoderSize } = settings;
      const { signal } = call;
      const endpoints = await Promise.all(
        between.map(async (end) =>
          "image" in end ? { picture: await readInvertible(end.image, spec, { decoderSize, signal }) } : end,
        ),
      );
      const usesPrior = endpoints.some((end) => "prompt" in end);
      const pipeline = await Pipeline.open(this.#stages, call, settings, { usesPrior });
      const latents = await encodeEndpoints(pipeline, endpoints, seed);
      const pictures = [...latents.keys()].filter((place) => latents[place]!.isPicture);
      const [zs, xs] = [latents.map(({ z }) => z), latents.map(({ x }) => x)];
      const shares = arcShares(zs);
      const small = await pipeline.decode(
        linspace(frames, 0, endpoints.length - 1).map((place): DecoderLatent => {
          const guidanceShare = guidanceRamp(place, pictures, shares);
          const x = limitInvertedNoise(slerpPath(xs, place), guidanceShare);
          return { z: slerpPath(zs, place), x, seed, sampler: "ddim", guidanceShare };
        }),
      );
      const records = createRecords(this.info, "interpolate", { ...request, size: settings.size });
      return pipeline.finish(pipeline.upsample(small, seed), { records, columns: row, animate });
    });
  }

  /** Section 3.3, text diffs: rotates z_i towards the difference of two captions; all frames share x_T. */
  manipulate(input: ManipulateInput, control: Control = {}): Promise<Result> {
    return this.#calls.run(control, async (call) => {
      const request = parseManipulate(input);
      const { from, to, amount, frames, seed, animate } = request;
      const { spec } = this.#stages.bundle;
      const settings = resolveSettings(spec, request);
      const { signal } = call;
      const picture = await readInvertible(request.image, spec, { ...settings, signal });
      const pipeline = await Pipeline.open(this.#stages, call, settings, { usesPrior: false });
      const target = await pipeline.encodeText(to);
      const source = from === undefined ? pipeline.emptyCaption : await pipeline.encodeText(from);
      const difference = linear(1, target.embedding, -1, source.embedding);
      if (norm(difference) === 0) throw invalidRequest("to", `must say something else than "from"`);
      const z = await pipeline.encodeImage(picture.seen);
      const [x] = await pipeline.invert([{ picture: picture.small, z }]);
      const small = await pipeline.decode(
        linspace(frames, 0, amount).map((theta): DecoderLatent => {
          const guidanceShare = guidanceRamp(theta, [0], [1]);
          const rotated = rotateTowards(z, difference, theta);
          return { z: rotated, x: limitInvertedNoise(x!, guidanceShare), seed, sampler: "ddim", guidanceShare };
        }),
      );
      const captions = small.map(() => target);
      const records = createRecords(this.info, "manipulate", { ...request, size: settings.size });
      return pipeline.finish(pipeline.upsample(small, seed), { records, captions, columns: row, animate });
    });
  }

  /** Section 4: the first k principal components of z_i, each drawn from the same noise. */
  reconstruct(input: ReconstructInput, control: Control = {}): Promise<Result> {
    return this.#calls.run(control, async (call) => {
      const request = parseReconstruct(input);
      const { dimensions, seed } = request;
      const { spec } = this.#stages.bundle;
      const settings = resolveSettings(spec, request);
      const { seen } = await readPicture(request.image, spec, call);
      const pca = this.#stages.pca();
      const pipeline = await Pipeline.open(this.#stages, call, settings, { usesPrior: false });
      const { data, shape } = await pipeline.encodeImage(seen);
      const x = pipeline.initialNoise(seed);
      const small = await pipeline.decode(
        dimensions.map((k): DecoderLatent => {
          const cut = new Tensor(pca.reconstruct(pca.project(data, k)), shape);
          return { z: projectToClipSpace("reconstruct", cut, spec.clip.normalise), x, seed, sampler: "ddim" };
        }),
      );
      const records = createRecords(this.info, "reconstruct", { ...request, size: settings.size });
      return pipeline.finish(pipeline.upsample(small, seed), { records, columns: row });
    });
  }

  embed(input: ImageOrPrompt, control: Control = {}): Promise<Float32Array> {
    return this.#calls.run(control, async ({ signal }) => {
      const request = parseEmbed(input);
      const embedding = await ("image" in request
        ? this.#embedImage(request.image, signal)
        : this.#embedText(request.prompt));
      return embedding.data;
    });
  }

  score(input: ScoreInput, control: Control = {}): Promise<number> {
    return this.#calls.run(control, async ({ signal }) => {
      const { image, prompt } = parseScore(input);
      return cosine(await this.#embedImage(image, signal), await this.#embedText(prompt));
    });
  }

  async close(): Promise<void> {
    await this.#calls.close();
    await this.#stages.close();
  }

  async #embedImage(image: Uint8Array, signal: AbortSignal): Promise<Tensor> {
    checkCapability("image", "embed-image", [this.info]);
    const { seen } = await readPicture(image, this.#stages.bundle.spec, { signal });
    return encodeImage((await this.#stages.imageEncoder())!, seen);
  }

  async #embedText(prompt: string): Promise<Tensor> {
    checkCapability("prompt", "embed-text", [this.info]);
    return (await encodeText(await this.#stages.clipTextEncoder(), prompt)).embedding;
  }
}

/** Picture i uses seed + i, modulo 2^32: picture i of a batch equals the single picture of that seed. */
function seedsOf({ seed, count }: { readonly seed: number; readonly count: number }): number[] {
  return Array.from({ length: count }, (_, i) => (seed + i) % 2 ** 32);
}
