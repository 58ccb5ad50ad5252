// The z_i that pictures are drawn from where a request changes its own: mixed with others, noised, led away from a caption.
import { priorsOf } from "../bundle/prior.ts";
import type { BundleSpec } from "../bundle/spec.ts";
import type { Caption } from "../clip/encode.ts";
import { noiseWhitened } from "../clip/whitening.ts";
import { DEFAULTS, type EmbeddingOptions } from "../request.ts";
import { projectToClipSpace } from "../run.ts";
import { seedOf } from "../scene/compose.ts";
import { startNoise } from "../tensor/noise.ts";
import { split, stack, Tensor } from "../tensor/tensor.ts";
import type { Call } from "./call.ts";
import { type InputPicture, readPicture } from "./images.ts";
import { sphericalMean } from "./interpolation.ts";
import type { Negative, Pipeline, PriorInput } from "./pipeline.ts";
import type { Stages } from "./stages.ts";

type Weighted = { readonly weight: number };
type MixSource = Weighted &
  ({ readonly picture: Pick<InputPicture, "seen"> } | { readonly prompt: string } | { readonly embedding: Tensor });

/** What one picture is drawn from: z_i of its things, (things, D), and what guidance leads away from. */
export type PictureEmbedding = { readonly z: Tensor; readonly negative: Negative | undefined };

/** Whether the options need the prior: for the captions among them. */
export function needsPrior({ mix = [], negativePrompt }: EmbeddingOptions, spec: BundleSpec): boolean {
  return (negativePrompt !== undefined && embedsNegatives(spec)) || mix.some((item) => "prompt" in item);
}

/**
 * Whether a negative caption gets a z_i, which stands in the place of the stored one. A decoder with its own embedding for
 * nothing keeps that, and the caption changes only the text that it reads.
 */
function embedsNegatives({ decoder, prior }: BundleSpec): boolean {
  return decoder.unconditional === "stored" && priorsOf(prior).length > 0;
}

/** Decodes the pictures of a mix. Throws INVALID_PICTURE. */
export async function readMix({ mix = [] }: EmbeddingOptions, spec: BundleSpec, call: Call): Promise<MixSource[]> {
  return Promise.all(
    mix.map(async (item): Promise<MixSource> => {
      const { weight = DEFAULTS.weight } = item;
      if ("image" in item) return { picture: await readPicture(item.image, spec, call), weight };
      if ("prompt" in item) return { prompt: item.prompt, weight };
      const { embedding } = item;
      return { embedding: new Tensor(Float32Array.from(embedding), [1, embedding.length]), weight };
    }),
  );
}

type Own =
  /** Captions that the prior samples the own z_i for, one plan for each picture. */
  | { readonly plans: readonly PriorInput[] }
  /** The own z_i (1, D) of a picture, and the seed of each picture to draw. */
  | { readonly z: Tensor; readonly seeds: readonly number[] };

/** The embedding of each picture. Runs the prior once, for all captions. Warns about what the model does not read. */
export async function sampleEmbeddings(
  pipeline: Pipeline,
  stages: Stages,
  { weight = DEFAULTS.weight, embeddingNoise = 0, negativePrompt }: EmbeddingOptions,
  sources: readonly MixSource[],
  own: Own,
): Promise<PictureEmbedding[]> {
  const negative = negativePrompt === undefined ? undefined : await pipeline.encodeText(negativePrompt);
  const others = await encodeMix(pipeline, sources);
  const { spec } = stages.bundle;
  // A decoder that knows such noise adds it, and gets its level.
  const isPlain = embeddingNoise === 0 || spec.decoder.noiseAugmentation !== undefined;
  const noised = isPlain ? undefined : createNoise(stages, embeddingNoise);
  const embedsNegative = negative !== undefined && embedsNegatives(spec);
  const inputs = ("plans" in own ? own.plans : own.seeds.map((seed) => ({ seed, things: [] }))).map((plan) => {
    const alone = (caption: Caption): PriorInput => ({ things: [caption], seed: plan.seed });
    const mixed = others.flatMap((other) => ("caption" in other ? alone(other.caption) : []));
    return {
      seed: plan.seed,
      sampled: [
        ...("plans" in own ? [{ ...plan, negative }] : []),
        ...mixed,
        ...(embedsNegative ? [alone(negative)] : []),
      ],
    };
  });
  const sampled = (await pipeline.samplePrior(inputs.flatMap(({ sampled }) => sampled))).values();
  const next = () => sampled.next().value!;
  return inputs.map(({ seed }) => {
    const z = "z" in own ? own.z : next();
    const parts = others.map((other) => ({ weight: other.weight, z: "z" in other ? other.z : next() }));
    const things = split(z, z.shape[0]!).map((row, i) => {
      const mixed = parts.length === 0 ? row : sphericalMean([{ z: row, weight }, ...parts]);
      return noised === undefined ? mixed : noised(mixed, seedOf(seed, i));
    });
    return { z: stack(things), negative: negative && { caption: negative, z: embedsNegative ? next() : undefined } };
  });
}

type MixPart = Weighted & ({ readonly z: Tensor } | { readonly caption: Caption });

async function encodeMix(pipeline: Pipeline, sources: readonly MixSource[]): Promise<MixPart[]> {
  const parts: MixPart[] = [];
  for (const { weight, ...source } of sources) {
    if ("prompt" in source) parts.push({ weight, caption: await pipeline.encodeText(source.prompt) });
    else if ("embedding" in source) parts.push({ weight, z: source.embedding });
    else parts.push({ weight, z: await pipeline.encodeImage(source.picture.seen) });
  }
  return parts;
}

/**
 * Noises z (1, D) as the diffusion prior's forward process does: at `share` 1 the result is a random embedding.
 */
function createNoise(stages: Stages, share: number): (z: Tensor, seed: number) => Tensor {
  const whitening = stages.whitening();
  const { normalise } = stages.bundle.spec.clip;
  const angle = (share * Math.PI) / 2;
  const [alpha, sigma] = [Math.cos(angle), Math.sin(angle)];
  return (z, seed) => {
    const noise = startNoise("embedding", seed, z.shape);
    return projectToClipSpace("embedding", noiseWhitened(whitening, z, { alpha, sigma, noise }), normalise);
  };
}
