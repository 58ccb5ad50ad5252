// `tensors` in bundle.json: the safetensors file of a bundle, and the names of what it holds.
import type { Fields } from "../fields.ts";
import type { ClipSpec } from "./clip.ts";
import type { DecoderSpec } from "./decoder.ts";
import type { FileOf } from "./networks.ts";
import type { PriorSpec } from "./prior.ts";

export type TensorsSpec = { readonly file: string; readonly names: readonly TensorName[] };

type Parts = { readonly clip: ClipSpec; readonly prior: PriorSpec; readonly decoder: DecoderSpec };

/** Quantiles of z_i·z_t over the training set: the 0th to the 100th percentile. */
export const QUANTILES = 101;

/** Statistics of CLIP's space: z_i is noised and denoised with mean 0 and deviation 1. */
export const WHITENING = ["clip.mean", "clip.std"] as const;
/** Principal components of CLIP's space (paper 2.2). */
export const PRINCIPAL_COMPONENTS = ["pca.mean", "pca.basis"] as const;
/** Ranges of the codes of the autoregressive prior. */
const CODES = ["ar.low", "ar.high", "ar.dot_quantiles"] as const;
/** z_i of no picture. */
const NULL_EMBEDDING = "decoder.null";

const NAMES = [NULL_EMBEDDING, ...WHITENING, ...PRINCIPAL_COMPONENTS, ...CODES] as const;
type TensorName = (typeof NAMES)[number];

/** Checks that the names which the other parts need are listed. */
export function readTensorsSpec(fields: Fields, parts: Parts, file: FileOf): TensorsSpec {
  fields.only(["file", "names"]);
  const names = fields.list("names", { min: 0, max: NAMES.length }, (items, name) => items.choice(name, NAMES));
  const missing = requiredBy(parts).find((name) => !names.includes(name));
  if (missing !== undefined) throw fields.wrong("names", `must include ${missing}`);
  return { file: file(fields, "file"), names };
}

function requiredBy({ prior, decoder }: Parts): TensorName[] {
  const whitens = prior.diffusion !== undefined || decoder.noiseAugmentation !== undefined;
  return [
    ...(decoder.unconditional === "stored" ? ([NULL_EMBEDDING] as const) : []),
    ...(whitens ? WHITENING : []),
    ...(prior.autoregressive === undefined ? [] : [...PRINCIPAL_COMPONENTS, ...CODES]),
  ];
}

export function shapeOf(name: TensorName, { clip, prior }: Pick<Parts, "clip" | "prior">): number[] {
  const { dimensions } = clip;
  if (name === "pca.basis") return [dimensions, dimensions];
  if (name === "ar.dot_quantiles") return [QUANTILES];
  return name === "ar.low" || name === "ar.high" ? [prior.autoregressive?.coefficients ?? 0] : [dimensions];
}
