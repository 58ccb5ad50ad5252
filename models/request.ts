// Requests: their fields, limits and defaults, and the parsers that check them. Pure, and safe in a browser.
import {
  EMBEDDING_OPTIONS,
  type EmbeddingOptions,
  embeddingOptions,
  type ImageOrPrompt,
  imageOrPrompt,
} from "./embedding-options.ts";
import { invalidRequest, UnclipError } from "./errors.ts";
import { AT_LEAST_ONE, Fields } from "./fields.ts";
import {
  ANIMATIONS,
  type AnimationFormat,
  DEFAULTS,
  LIMITS,
  PRESETS,
  PRIORS,
  type PresetName,
  type PriorName,
  SAMPLERS,
  type SamplerName,
} from "./options.ts";
import { type Parsed, parseOnce } from "./parse-once.ts";

export type { EmbeddingOptions, ImageOrPrompt, MixItem } from "./embedding-options.ts";
export * from "./options.ts";

/** Omitted steps and guidance default to the bundle's preset. */
export type DrawingOptions = {
  /** Width and height in pixels. Default: the bundle's, Info.defaultSize. */
  readonly size?: number;
  /** Picture i uses seed + i. Chosen at random when omitted, by the parser, so that a retried job draws the same pictures. */
  readonly seed: number;
  readonly preset: PresetName;
  /** Denoising steps of the decoder. */
  readonly steps?: number;
  /** Scale of the decoder's classifier-free guidance; 1 is none. */
  readonly guidance?: number;
};

/** Omitted options default to the bundle's preset. */
export type PriorOptions = {
  readonly prior?: PriorName;
  /** Denoising steps of the diffusion prior. */
  readonly priorSteps?: number;
  /** Scale of the prior's classifier-free guidance; 1 is none. */
  readonly priorGuidance?: number;
  /** Embeddings sampled by the prior, of which the one closest to the caption is used. */
  readonly priorSamples?: number;
  /** Use captions verbatim: the seed fills in nothing they leave open, and two things are drawn from one z_i. */
  readonly literal?: boolean;
};

/** The options of a drawn caption. */
export type GenerateFields = DrawingOptions &
  PriorOptions &
  EmbeddingOptions & { readonly prompt: string; readonly count: number; readonly sampler?: SamplerName };

/** strength is DDIM's eta (paper 3.1): 0 rebuilds the picture, 1 departs furthest from it. */
export type VariationsFields = DrawingOptions &
  EmbeddingOptions & {
    readonly image: Uint8Array;
    readonly strength: number;
    readonly count: number;
  };

/** The options of an interpolation. */
export type InterpolateFields = DrawingOptions &
  PriorOptions & {
    readonly between: readonly ImageOrPrompt[];
    readonly frames: number;
    readonly animate?: AnimationFormat;
  };

/** amount is the share of the rotation from the picture to the text diff (paper 3.3: at most 0.25 to 0.5). `from` may be omitted. */
export type ManipulateFields = DrawingOptions & {
  readonly image: Uint8Array;
  readonly from?: string;
  readonly to: string;
  readonly amount: number;
  readonly frames: number;
  readonly animate?: AnimationFormat;
};

/** One picture for each number of principal components of the picture's embedding (paper 4). */
export type ReconstructFields = DrawingOptions & {
  readonly image: Uint8Array;
  readonly dimensions: readonly number[];
};

/** A picture, as the bytes of a file, and the caption to compare it with. */
export type ScoreInput = { readonly image: Uint8Array; readonly prompt: string };

/** What a caller passes: a request that was parsed, or fields of which those with a default may be omitted. */
type Input<AllFields, Required extends keyof AllFields> = Pick<AllFields, Required> &
  Partial<Omit<AllFields, Required>>;
/** A GenerateRequest before parsing. */
export type GenerateInput = Input<GenerateFields, "prompt"> | Parsed<GenerateFields>;
/** A VariationsRequest before parsing. */
export type VariationsInput = Input<VariationsFields, "image"> | Parsed<VariationsFields>;
/** An InterpolateRequest before parsing. */
export type InterpolateInput = Input<InterpolateFields, "between"> | Parsed<InterpolateFields>;
/** A ManipulateRequest before parsing. */
export type ManipulateInput = Input<ManipulateFields, "image" | "to"> | Parsed<ManipulateFields>;
/** A ReconstructRequest before parsing. */
export type ReconstructInput = Input<ReconstructFields, "image" | "dimensions"> | Parsed<ReconstructFields>;

/** Pictures of a caption. */
export type GenerateRequest = Parsed<GenerateFields>;
/** A parsed request for variations. */
export type VariationsRequest = Parsed<VariationsFields>;
/** Frames on the way between two or more pictures and captions (paper 3.2). */
export type InterpolateRequest = Parsed<InterpolateFields>;
/** A parsed request for an edit. */
export type ManipulateRequest = Parsed<ManipulateFields>;
/** A parsed request for reconstructions. */
export type ReconstructRequest = Parsed<ReconstructFields>;

const DRAWING = ["size", "seed", "preset", "steps", "guidance"];
const PRIOR = ["prior", "priorSteps", "priorGuidance", "priorSamples", "literal"];

/** Checks a request and fills in what it leaves out. Throws INVALID_REQUEST, naming the field. */
export const parseGenerate = parseOnce((input): GenerateFields => {
  const fields = read(input).only(["prompt", "count", "sampler", ...DRAWING, ...PRIOR, ...EMBEDDING_OPTIONS]);
  return {
    prompt: fields.text("prompt", LIMITS.prompt),
    count: fields.maybe("count", (key) => fields.integer(key, LIMITS.count)) ?? DEFAULTS.count,
    sampler: fields.maybe("sampler", (key) => fields.choice(key, SAMPLERS)),
    ...drawingOptions(fields),
    ...priorOptions(fields),
    ...embeddingOptions(fields),
  };
});

/** Checks a request and fills in what it leaves out. Throws INVALID_REQUEST, naming the field. */
export const parseVariations = parseOnce((input): VariationsFields => {
  const fields = read(input).only(["image", "strength", "count", ...DRAWING, ...EMBEDDING_OPTIONS]);
  return {
    image: fields.bytes("image"),
    strength: fields.maybe("strength", (key) => fields.number(key, LIMITS.strength)) ?? DEFAULTS.strength,
    count: fields.maybe("count", (key) => fields.integer(key, LIMITS.count)) ?? DEFAULTS.count,
    ...drawingOptions(fields),
    ...embeddingOptions(fields),
  };
});

/** Checks a request and fills in what it leaves out. Throws INVALID_REQUEST, naming the field. */
export const parseInterpolate = parseOnce((input): InterpolateFields => {
  const fields = read(input).only(["between", "frames", "animate", ...DRAWING, ...PRIOR]);
  const frames = fields.maybe("frames", (key) => fields.integer(key, LIMITS.interpolateFrames));
  return {
    between: fields.list("between", LIMITS.between, (items, item) => imageOrPrompt(items.object(item))),
    frames: frames ?? DEFAULTS.interpolateFrames,
    animate: fields.maybe("animate", (key) => fields.choice(key, ANIMATIONS)),
    ...drawingOptions(fields),
    ...priorOptions(fields),
  };
});

/** Checks a request and fills in what it leaves out. Throws INVALID_REQUEST, naming the field. */
export const parseManipulate = parseOnce((input): ManipulateFields => {
  const fields = read(input).only(["image", "from", "to", "amount", "frames", "animate", ...DRAWING]);
  const given = fields.maybe("frames", (key) => fields.integer(key, LIMITS.manipulateFrames));
  const frames = given ?? DEFAULTS.manipulateFrames;
  if (fields.has("animate") && frames < 2) throw fields.wrong("animate", "needs at least 2 frames");
  return {
    image: fields.bytes("image"),
    from: fields.maybe("from", (key) => fields.text(key, LIMITS.prompt)),
    to: fields.text("to", LIMITS.prompt),
    amount: fields.maybe("amount", (key) => fields.number(key, LIMITS.amount)) ?? DEFAULTS.amount,
    frames,
    animate: fields.maybe("animate", (key) => fields.choice(key, ANIMATIONS)),
    ...drawingOptions(fields),
  };
});

/** The engine checks the upper limit of `dimensions`, which is the bundle's. */
export const parseReconstruct = parseOnce((input): ReconstructFields => {
  const fields = read(input).only(["image", "dimensions", ...DRAWING]);
  return {
    image: fields.bytes("image"),
    dimensions: fields.list("dimensions", LIMITS.dimensions, (items, item) => items.integer(item, AT_LEAST_ONE)),
    ...drawingOptions(fields),
  };
});

/** Checks a picture or a caption. Throws INVALID_REQUEST, naming the field. */
export const parseEmbed = parseOnce((input): ImageOrPrompt => imageOrPrompt(read(input)));

/** Checks a picture and its caption. Throws INVALID_REQUEST, naming the field. */
export const parseScore = parseOnce((input): ScoreInput => {
  const fields = read(input).only(["image", "prompt"]);
  return { image: fields.bytes("image"), prompt: fields.text("prompt", LIMITS.prompt) };
});

function read(input: unknown): Fields {
  return new Fields(input, "", (field, problem) => {
    if (field !== "") return invalidRequest(field, problem);
    return new UnclipError("INVALID_REQUEST", `the request ${problem}`, { field });
  });
}

function drawingOptions(fields: Fields): DrawingOptions {
  return {
    size: fields.maybe("size", (key) => fields.integer(key, LIMITS.size)),
    seed: fields.maybe("seed", (key) => fields.integer(key, LIMITS.seed)) ?? randomSeed(),
    preset: fields.maybe("preset", (key) => fields.choice(key, PRESETS)) ?? DEFAULTS.preset,
    steps: fields.maybe("steps", (key) => fields.integer(key, LIMITS.steps)),
    guidance: fields.maybe("guidance", (key) => fields.number(key, LIMITS.guidance)),
  };
}

function priorOptions(fields: Fields): PriorOptions {
  const prior = fields.maybe("prior", (key) => fields.choice(key, PRIORS));
  if (prior === "autoregressive" && fields.has("priorSteps")) {
    throw fields.wrong(
      "priorSteps",
      "is for the diffusion prior; the autoregressive prior has one step per coefficient",
    );
  }
  return {
    prior,
    priorSteps: fields.maybe("priorSteps", (key) => fields.integer(key, LIMITS.steps)),
    priorGuidance: fields.maybe("priorGuidance", (key) => fields.number(key, LIMITS.guidance)),
    priorSamples: fields.maybe("priorSamples", (key) => fields.integer(key, LIMITS.priorSamples)),
    literal: fields.maybe("literal", (key) => fields.flag(key)),
  };
}

function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!;
}
