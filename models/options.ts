// The options of requests: names, limits and defaults.

/** Names of the settings that every bundle has, from the fastest to the best. */
export const PRESETS = ["draft", "standard", "best"] as const;
/** Kinds of prior. Info.priors lists those of a bundle. */
export const PRIORS = ["diffusion", "autoregressive", "direct"] as const;
/**
 * What a bundle can do besides drawing: embed captions and pictures in CLIP's space, invert pictures into the noise that they are
 * drawn from, reconstruct them from principal components, and noise embeddings. Info.capabilities lists those of a bundle.
 */
export const CAPABILITIES = ["embed-text", "embed-image", "invert-image", "reconstruct", "noise-embedding"] as const;
/** Samplers of the decoder. */
export const SAMPLERS = ["ddpm", "ddim", "dpm-solver++"] as const;
/** File formats of animations. */
export const ANIMATIONS = ["webp", "gif"] as const;
/** How many networks an engine holds open: all, one at a time, or what fits (models/onnx/memory.ts). */
export const MEMORY = ["auto", "all", "one"] as const;

/** One of PRESETS. */
export type PresetName = (typeof PRESETS)[number];
/** One of PRIORS. */
export type PriorName = (typeof PRIORS)[number];
/** One of CAPABILITIES. */
export type Capability = (typeof CAPABILITIES)[number];
/** One of SAMPLERS. */
export type SamplerName = (typeof SAMPLERS)[number];
/** One of ANIMATIONS. */
export type AnimationFormat = (typeof ANIMATIONS)[number];
/** One of MEMORY. */
export type MemoryName = (typeof MEMORY)[number];

/** Smallest and largest value, or number of characters or items, of each option. */
export const LIMITS = {
  /** Pixels on a side. The sizes that exist are the bundle's: Info.sizes. */
  size: { min: 1, max: 4096 },
  prompt: { min: 1, max: 1000 },
  count: { min: 1, max: 16 },
  seed: { min: 0, max: 2 ** 32 - 1 },
  /** The paper uses up to 250. A schedule needs two steps to have a first and a last one. */
  steps: { min: 2, max: 250 },
  guidance: { min: 0, max: 30 },
  priorSamples: { min: 1, max: 16 },
  strength: { min: 0, max: 1 },
  between: { min: 2, max: 8 },
  interpolateFrames: { min: 2, max: 60 },
  amount: { min: 0, max: 1 },
  manipulateFrames: { min: 1, max: 60 },
  dimensions: { min: 1, max: 16 },
  /** Further pictures, captions and embeddings of a mix. */
  mix: { min: 1, max: 4 },
  /** Shares of a mix, before they are divided by their sum. */
  weight: { min: 0, max: 100 },
  /** Numbers of an embedding. How many are needed is the bundle's: Info.dimensions. */
  embedding: { min: 1, max: 2048 },
  embeddingNoise: { min: 0, max: 1 },
} as const;

/** Values of omitted options. Those that are not listed default to the bundle's preset; the seed is random. */
export const DEFAULTS = {
  preset: "standard",
  count: 1,
  strength: 0.5,
  interpolateFrames: 8,
  amount: 0.25,
  weight: 1,
  manipulateFrames: 1,
} as const;
