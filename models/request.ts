// The light door: what can be asked of the engine, with which limits. Pure: no ONNX, no sharp, no file.
import { invalidRequest, UnclipError } from "./errors.ts";
import { Fields } from "./fields.ts";

export { PICTURE_TYPES, type PictureType, pictureType } from "./picture-type.ts";
export type {
  Control,
  Info,
  Picture,
  PresetInfo,
  Progress,
  Result,
  StageCache,
  StageName,
  Timing,
  Unclip,
  Warning,
} from "./types.ts";

export const PRESETS = ["draft", "standard", "best"] as const;
export const PRIORS = ["diffusion", "autoregressive"] as const;
export const SAMPLERS = ["ddpm", "ddim", "dpm-solver++"] as const;
export const ANIMATIONS = ["webp", "gif"] as const;
/** How an engine keeps its networks (models/onnx/memory.ts). */
export const MEMORY = ["auto", "all", "one"] as const;

export type PresetName = (typeof PRESETS)[number];
export type PriorName = (typeof PRIORS)[number];
export type SamplerName = (typeof SAMPLERS)[number];
export type AnimationFormat = (typeof ANIMATIONS)[number];
export type MemoryName = (typeof MEMORY)[number];

export const LIMITS = {
  /** Pixels on a side. Which sizes there are is the bundle's (Info.sizes). */
  size: { min: 1, max: 4096 },
  prompt: { min: 1, max: 1000 },
  count: { min: 1, max: 16 },
  seed: { min: 0, max: 2 ** 32 - 1 },
  /** The paper's longest is 250; a schedule needs two steps to have an end. */
  steps: { min: 2, max: 250 },
  guidance: { min: 0, max: 30 },
  priorSamples: { min: 1, max: 16 },
  strength: { min: 0, max: 1 },
  between: { min: 2, max: 8 },
  interpolateFrames: { min: 2, max: 60 },
  amount: { min: 0, max: 1 },
  manipulateFrames: { min: 1, max: 60 },
  dimensions: { min: 1, max: 16 },
} as const;

/** The values of options that a request leaves out. The others come from the bundle's preset. */
export const DEFAULTS = {
  size: 256,
  preset: "standard",
  count: 1,
  strength: 0.5,
  interpolateFrames: 8,
  amount: 0.35,
  manipulateFrames: 1,
} as const;

/** What is left out of steps, guidance and the prior's options is filled in by the bundle's preset. */
export type DrawingOptions = {
  /** Width and height in pixels. */
  readonly size: number;
  /** Picture i uses seed + i. Chosen here when absent, so that a retried job draws the same pictures. */
  readonly seed: number;
  readonly preset: PresetName;
  readonly steps?: number;
  readonly guidance?: number;
};

export type PriorOptions = {
  readonly prior?: PriorName;
  readonly priorSteps?: number;
  readonly priorGuidance?: number;
  /** Embeddings sampled by the prior, of which the one closest to the caption is used. */
  readonly priorSamples?: number;
  /** Captions are taken as they stand: nothing they leave open is chosen by the seed, and two things share one z_i. */
  readonly literal?: boolean;
};

export type ImageOrPrompt = { readonly image: Uint8Array } | { readonly prompt: string };

export type GenerateRequest = DrawingOptions &
  PriorOptions & { readonly prompt: string; readonly count: number; readonly sampler?: SamplerName };

/** strength is DDIM's eta (paper 3.1): 0 rebuilds the picture, 1 moves furthest away. */
export type VariationsRequest = DrawingOptions & {
  readonly image: Uint8Array;
  readonly strength: number;
  readonly count: number;
};

export type InterpolateRequest = DrawingOptions &
  PriorOptions & {
    readonly between: readonly ImageOrPrompt[];
    readonly frames: number;
    readonly animate?: AnimationFormat;
  };

/** amount is how far to turn from the picture towards the text diff (paper 3.3: at most 0.25 to 0.5); `from` may be left out. */
export type ManipulateRequest = DrawingOptions & {
  readonly image: Uint8Array;
  readonly from?: string;
  readonly to: string;
  readonly amount: number;
  readonly frames: number;
  readonly animate?: AnimationFormat;
};

/** One picture per number of PCA dimensions kept of the picture's embedding (paper 4). */
export type ReconstructRequest = DrawingOptions & {
  readonly image: Uint8Array;
  readonly dimensions: readonly number[];
};

export type ScoreRequest = { readonly image: Uint8Array; readonly prompt: string };

/** A request before parsing: everything with a default may be left out. */
type Input<Request, Needed extends keyof Request> = Pick<Request, Needed> & Partial<Omit<Request, Needed>>;
export type GenerateInput = Input<GenerateRequest, "prompt">;
export type VariationsInput = Input<VariationsRequest, "image">;
export type InterpolateInput = Input<InterpolateRequest, "between">;
export type ManipulateInput = Input<ManipulateRequest, "image" | "to">;
export type ReconstructInput = Input<ReconstructRequest, "image" | "dimensions">;

const DRAWING = ["size", "seed", "preset", "steps", "guidance"];
const PRIOR = ["prior", "priorSteps", "priorGuidance", "priorSamples", "literal"];

export function parseGenerate(input: unknown): GenerateRequest {
  const fields = read(input).only(["prompt", "count", "sampler", ...DRAWING, ...PRIOR]);
  return {
    prompt: fields.text("prompt", LIMITS.prompt),
    count: fields.maybe("count", (key) => fields.integer(key, LIMITS.count)) ?? DEFAULTS.count,
    sampler: fields.maybe("sampler", (key) => fields.choice(key, SAMPLERS)),
    ...drawing(fields),
    ...prior(fields),
  };
}

export function parseVariations(input: unknown): VariationsRequest {
  const fields = read(input).only(["image", "strength", "count", ...DRAWING]);
  return {
    image: fields.bytes("image"),
    strength: fields.maybe("strength", (key) => fields.number(key, LIMITS.strength)) ?? DEFAULTS.strength,
    count: fields.maybe("count", (key) => fields.integer(key, LIMITS.count)) ?? DEFAULTS.count,
    ...drawing(fields),
  };
}

export function parseInterpolate(input: unknown): InterpolateRequest {
  const fields = read(input).only(["between", "frames", "animate", ...DRAWING, ...PRIOR]);
  return {
    between: fields.list("between", LIMITS.between, (items, item) => imageOrPrompt(items.object(item))),
    frames:
      fields.maybe("frames", (key) => fields.integer(key, LIMITS.interpolateFrames)) ?? DEFAULTS.interpolateFrames,
    animate: fields.maybe("animate", (key) => fields.choice(key, ANIMATIONS)),
    ...drawing(fields),
    ...prior(fields),
  };
}

export function parseManipulate(input: unknown): ManipulateRequest {
  const fields = read(input).only(["image", "from", "to", "amount", "frames", "animate", ...DRAWING]);
  const frames =
    fields.maybe("frames", (key) => fields.integer(key, LIMITS.manipulateFrames)) ?? DEFAULTS.manipulateFrames;
  if (fields.has("animate") && frames < 2) throw fields.wrong("animate", "needs at least 2 frames");
  return {
    image: fields.bytes("image"),
    from: fields.maybe("from", (key) => fields.text(key, LIMITS.prompt)),
    to: fields.text("to", LIMITS.prompt),
    amount: fields.maybe("amount", (key) => fields.number(key, LIMITS.amount)) ?? DEFAULTS.amount,
    frames,
    animate: fields.maybe("animate", (key) => fields.choice(key, ANIMATIONS)),
    ...drawing(fields),
  };
}

/** How many dimensions there are is the bundle's; the engine checks that end. */
export function parseReconstruct(input: unknown): ReconstructRequest {
  const fields = read(input).only(["image", "dimensions", ...DRAWING]);
  const positive = { min: 1, max: Number.POSITIVE_INFINITY };
  return {
    image: fields.bytes("image"),
    dimensions: fields.list("dimensions", LIMITS.dimensions, (items, item) => items.integer(item, positive)),
    ...drawing(fields),
  };
}

export function parseEmbed(input: unknown): ImageOrPrompt {
  return imageOrPrompt(read(input));
}

export function parseScore(input: unknown): ScoreRequest {
  const fields = read(input).only(["image", "prompt"]);
  return { image: fields.bytes("image"), prompt: fields.text("prompt", LIMITS.prompt) };
}

function read(input: unknown): Fields {
  return new Fields(input, "", (field, problem) => {
    if (field !== "") return invalidRequest(field, problem);
    return new UnclipError("INVALID_REQUEST", `the request ${problem}`, { field });
  });
}

function drawing(fields: Fields): DrawingOptions {
  return {
    size: fields.maybe("size", (key) => fields.integer(key, LIMITS.size)) ?? DEFAULTS.size,
    seed: fields.maybe("seed", (key) => fields.integer(key, LIMITS.seed)) ?? anySeed(),
    preset: fields.maybe("preset", (key) => fields.choice(key, PRESETS)) ?? DEFAULTS.preset,
    steps: fields.maybe("steps", (key) => fields.integer(key, LIMITS.steps)),
    guidance: fields.maybe("guidance", (key) => fields.number(key, LIMITS.guidance)),
  };
}

function prior(fields: Fields): PriorOptions {
  const name = fields.maybe("prior", (key) => fields.choice(key, PRIORS));
  if (name === "autoregressive" && fields.has("priorSteps")) {
    throw fields.wrong(
      "priorSteps",
      "is for the diffusion prior; the autoregressive prior has one step per coefficient",
    );
  }
  return {
    prior: name,
    priorSteps: fields.maybe("priorSteps", (key) => fields.integer(key, LIMITS.steps)),
    priorGuidance: fields.maybe("priorGuidance", (key) => fields.number(key, LIMITS.guidance)),
    priorSamples: fields.maybe("priorSamples", (key) => fields.integer(key, LIMITS.priorSamples)),
    literal: fields.maybe("literal", (key) => fields.flag(key)),
  };
}

function imageOrPrompt(fields: Fields): ImageOrPrompt {
  fields.only(["image", "prompt"]);
  if (fields.has("image") === fields.has("prompt"))
    throw fields.wrong("image", "or a prompt must be given, and not both");
  return fields.has("image") ? { image: fields.bytes("image") } : { prompt: fields.text("prompt", LIMITS.prompt) };
}

function anySeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!;
}
