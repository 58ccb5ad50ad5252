// The heavy door, and the recipe on one page: unCLIP (Ramesh et al. 2022).
// caption -> tokens -> z_t -> prior -> z_i -> decoder -> upsamplers; pictures enter as (z_i, x_T), section 3.
import { availableParallelism } from "node:os";
import { infoOf } from "./bundle/info.ts";
import { encodeImage, encodeText } from "./clip/encode.ts";
import { invalidRequest } from "./errors.ts";
import { type Provider, probe } from "./onnx/provider.ts";
import { pictoFolder } from "./picto.ts";
import { Calls } from "./pipeline/call.ts";
import { encodeEndpoints } from "./pipeline/endpoints.ts";
import { createResult, grid, readPicture, row } from "./pipeline/images.ts";
import { guidanceRamp, linspace, rotateTowards, slerpPath } from "./pipeline/interpolation.ts";
import { Pipeline } from "./pipeline/pipeline.ts";
import { Stages } from "./pipeline/stages.ts";
import type { MemoryName } from "./request.ts";
import * as ask from "./request.ts";
import { projectToClipSpace } from "./run.ts";
import { cosine, linear, norm, Tensor } from "./tensor/tensor.ts";
import type { Control, Info, Result, Unclip } from "./types.ts";

export type UnclipOptions = {
  /** Threads a network may use. Default: one for each core. */
  readonly threads?: number;
  /**
   * "all" keeps every network that was opened, "one" only that of the stage at work, in a process of its own; "auto", the
   * default, takes what fits into the memory that is free. The pictures are the same.
   */
  readonly memory?: MemoryName | undefined;
  /** Engines that will share this machine's memory. Default 1. */
  readonly engines?: number;
  /** What networks run on. Default "cpu"; any other one is tried before it is relied on. */
  readonly provider?: Provider | undefined;
};

/**
 * Opens a bundle in this thread; throws INVALID_BUNDLE, INSUFFICIENT_MEMORY. Servers use models/host, because a step blocks
 * its thread.
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
    this.info = infoOf(stages.bundle.spec);
    this.#stages = stages;
  }

  /** Section 2: the prior imagines z_i for the caption, the decoder draws it; two things each from a z_i of its own. */
  generate(input: ask.GenerateInput, control: Control = {}): Promise<Result> {
    return this.#calls.run(control, async (call) => {
      const request = ask.parseGenerate(input);
      const seeds = seedsOf(request);
      const drawing = await Pipeline.open(this.#stages, call, request, true);
      const wishes = await drawing.planPictures(request.prompt, seeds);
      const small = await drawing.decodePlans(wishes, await drawing.samplePrior(wishes));
      const shown = wishes.map(({ whole }) => whole);
      return createResult(call, await drawing.upsampleAndEncode(small, seeds, shown), grid);
    });
  }

  /** Section 3.1: decode (z_i, x_T) again, with eta > 0. */
  variations(input: ask.VariationsInput, control: Control = {}): Promise<Result> {
    return this.#calls.run(control, async (call) => {
      const { strength, ...request } = ask.parseVariations(input);
      const seeds = seedsOf(request);
      const picture = await readPicture(request.image, this.#stages.bundle.spec);
      const drawing = await Pipeline.open(this.#stages, call, request, false);
      const z = await drawing.encodeImage(picture.seen);
      const [x] = await drawing.invert([{ picture: picture.small, z }]);
      const latent = { z, x: x!, sampler: "ddim", eta: strength, guidanceShare: strength } as const;
      const small = await drawing.decode(seeds.map((seed) => ({ ...latent, seed })));
      return createResult(call, await drawing.upsampleAndEncode(small, seeds), grid);
    });
  }

  /** Section 3.2: slerp both z_i and x_T from end to end. All frames share the upsamplers' noise. */
  interpolate(input: ask.InterpolateInput, control: Control = {}): Promise<Result> {
    return this.#calls.run(control, async (call) => {
      const { between, frames, seed, animate, ...request } = ask.parseInterpolate(input);
      const { spec } = this.#stages.bundle;
      const ends = await Promise.all(
        between.map(async (end) => ("image" in end ? { picture: await readPicture(end.image, spec) } : end)),
      );
      const usesPrior = ends.some((end) => "prompt" in end);
      const drawing = await Pipeline.open(this.#stages, call, { ...request, seed }, usesPrior);
      const latents = await encodeEndpoints(drawing, ends, seed);
      const rebuilt = [...latents.keys()].filter((place) => latents[place]!.rebuilt);
      const [zs, xs] = [latents.map(({ z }) => z), latents.map(({ x }) => x)];
      const places = linspace(frames, 0, ends.length - 1);
      const small = await drawing.decode(
        places.map((place) => ({
          z: slerpPath(zs, place),
          x: slerpPath(xs, place),
          seed,
          sampler: "ddim",
          guidanceShare: guidanceRamp(place, rebuilt),
        })),
      );
      return createResult(
        call,
        await drawing.upsampleAndEncode(
          small,
          places.map(() => seed),
        ),
        row,
        animate,
      );
    });
  }

  /** Section 3.3, text diffs: turn z_i towards the difference of two captions, x_T the same in the whole row. */
  manipulate(input: ask.ManipulateInput, control: Control = {}): Promise<Result> {
    return this.#calls.run(control, async (call) => {
      const { from, to, amount, frames, seed, animate, ...request } = ask.parseManipulate(input);
      const picture = await readPicture(request.image, this.#stages.bundle.spec);
      const drawing = await Pipeline.open(this.#stages, call, { ...request, seed }, false);
      const target = await drawing.readCaption(to);
      const baseline = from === undefined ? drawing.emptyCaption : await drawing.readCaption(from);
      const difference = linear(1, target.embedding, -1, baseline.embedding);
      if (norm(difference) === 0) throw invalidRequest("to", "says the same as from: there is nowhere to go");
      const z = await drawing.encodeImage(picture.seen);
      const [x] = await drawing.invert([{ picture: picture.small, z }]);
      const turns = linspace(frames, 0, amount);
      const small = await drawing.decode(
        turns.map((theta) => ({
          z: rotateTowards(z, difference, theta),
          x: x!,
          seed,
          sampler: "ddim",
          guidanceShare: guidanceRamp(theta, [0]),
        })),
      );
      return createResult(
        call,
        await drawing.upsampleAndEncode(
          small,
          turns.map(() => seed),
          turns.map(() => target),
        ),
        row,
        animate,
      );
    });
  }

  /** Section 4: what z_i keeps in its first k principal components, each drawn from the same noise. */
  reconstruct(input: ask.ReconstructInput, control: Control = {}): Promise<Result> {
    return this.#calls.run(control, async (call) => {
      const { dimensions, seed, ...request } = ask.parseReconstruct(input);
      const { spec } = this.#stages.bundle;
      const most = spec.clip.dimensions;
      const tooMany = dimensions.findIndex((k) => k > most);
      if (tooMany >= 0)
        throw invalidRequest(`dimensions.${tooMany}`, `must be at most ${most}, not ${dimensions[tooMany]}`);
      const picture = await readPicture(request.image, spec);
      const pca = this.#stages.pca();
      const drawing = await Pipeline.open(this.#stages, call, { ...request, seed }, false);
      const { data, shape } = await drawing.encodeImage(picture.seen);
      const x = drawing.initialNoise(seed);
      const small = await drawing.decode(
        dimensions.map((k) => {
          const kept = new Tensor(pca.reconstruct(pca.project(data, k)), shape);
          return { z: projectToClipSpace("reconstruct", kept, spec.clip.normalise), x, seed, sampler: "ddim" };
        }),
      );
      return createResult(
        call,
        await drawing.upsampleAndEncode(
          small,
          dimensions.map(() => seed),
        ),
        row,
      );
    });
  }

  embed(input: ask.ImageOrPrompt, control: Control = {}): Promise<Float32Array> {
    return this.#calls.run(control, async () => {
      const request = ask.parseEmbed(input);
      const embedding = "image" in request ? await this.#look(request.image) : await this.#read(request.prompt);
      return embedding.data;
    });
  }

  score(input: ask.ScoreRequest, control: Control = {}): Promise<number> {
    return this.#calls.run(control, async () => {
      const { image, prompt } = ask.parseScore(input);
      return cosine(await this.#look(image), await this.#read(prompt));
    });
  }

  async close(): Promise<void> {
    await this.#calls.close();
    await this.#stages.close();
  }

  async #look(image: Uint8Array): Promise<Tensor> {
    const { seen } = await readPicture(image, this.#stages.bundle.spec);
    return encodeImage(await this.#stages.imageEncoder(), seen);
  }

  async #read(prompt: string): Promise<Tensor> {
    return (await encodeText(await this.#stages.textEncoder(), prompt)).embedding;
  }
}

/** Seed + i for picture i, round the end of the range: picture i of a batch is the single picture of that seed. */
function seedsOf({ seed, count }: { readonly seed: number; readonly count: number }): number[] {
  return Array.from({ length: count }, (_, i) => (seed + i) % 2 ** 32);
}
