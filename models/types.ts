// What the engine returns and reports: types, and the names of its stages and warnings. Pure.
import type {
  AnimationFormat,
  GenerateInput,
  ImageOrPrompt,
  InterpolateInput,
  ManipulateInput,
  PresetName,
  PriorName,
  ReconstructInput,
  ScoreRequest,
  VariationsInput,
} from "./request.ts";

export type Picture = {
  readonly png: Uint8Array;
  /** Width and height in pixels. */
  readonly size: number;
  readonly seed: number;
  /** Cosine of the picture's CLIP embedding with that of its caption, as the seed settled it; absent where there is none. */
  readonly score?: number;
  /** CLIP's of the picture before it was rounded to 8 bits; absent where a service elsewhere drew it. */
  readonly embedding?: Float32Array;
};

/** The codes of warnings, and what each means. */
export const WARNINGS = {
  CAPTION_CUT: "The prompt is longer than the model's context; the end was not read.",
  UNKNOWN_WORDS:
    "The prompt has words that the model was not trained on. They are left out unless there are no others.",
} as const;
export type WarningCode = keyof typeof WARNINGS;

export type Warning = { readonly code: WarningCode; readonly message: string };

export type Timing = { readonly stage: string; readonly milliseconds: number };

export type Result = {
  readonly pictures: readonly Picture[];
  /** Contact sheet (PNG) of a request with more than one picture. */
  readonly sheet?: Uint8Array;
  readonly animation?: { readonly format: AnimationFormat; readonly bytes: Uint8Array };
  readonly warnings: readonly Warning[];
  readonly timings: readonly Timing[];
};

/** The stages that report steps, in order. They are followed by one for each upsampler, named by `upsamplerStage`. */
export const STAGES = ["prior", "inversion", "decoder"] as const;
export type StageName = (typeof STAGES)[number] | `upsampler-${number}`;
/** The stage of the upsampler that leads to `size` pixels. */
export const upsamplerStage = (size: number): StageName => `upsampler-${size}`;

/** After step `step` (from 1) of `steps` of one picture (from 0) in one stage. */
export type Progress = {
  readonly stage: StageName;
  readonly picture: number;
  readonly pictures: number;
  readonly step: number;
  readonly steps: number;
  /** The picture as the network sees it so far: size x size x 3 bytes. */
  readonly preview?: { readonly size: number; readonly rgb: Uint8Array };
};

/**
 * Where the outputs of finished stages are kept, so that a second attempt goes on where the first one ended. One keep
 * belongs to one request, its seed written out, and one bundle. Bytes that are not what was saved are ignored, and so is
 * every error: the stage then runs. The call waits for both until it is canceled, so a store that may hang needs a time
 * limit of its own, and a save may still be under way when a canceled call rejects.
 */
export type StageCache = {
  /** `name` is "<stage>/<picture>", as in "decoder/3"; undefined where nothing is kept. */
  load(name: string): Promise<Uint8Array | undefined>;
  /** The bytes are the keep's from then on. */
  save(name: string, bytes: Uint8Array): Promise<void>;
};

export type Control = {
  /** Honoured before every step of every stage; the call then rejects with code CANCELED. */
  readonly signal?: AbortSignal;
  /** Stages found in `keep` take no steps, so they tell nothing. */
  readonly onProgress?: (progress: Progress) => void;
  /** A preview at every n-th step and at the last; 0 for none. Default 1. */
  readonly previewEvery?: number;
  /** Each picture of the result as soon as it is encoded, in order; index is its place in the result, from 0. */
  readonly onPicture?: (picture: Picture, index: number) => void;
  readonly stageCache?: StageCache;
};

export type Info = {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly attribution: string;
  /** Names the CLIP: embeddings can be compared when this is the same, whatever else of their bundles is not. */
  readonly clip: string;
  /** Width of the CLIP embedding. */
  readonly dimensions: number;
  readonly contextLength: number;
  readonly sizes: readonly number[];
  readonly priors: readonly PriorName[];
  readonly presets: Readonly<Record<PresetName, PresetInfo>>;
  /** Whether captions of two things are composed of two drawings. */
  readonly scenes: boolean;
  readonly bytes: number;
};

/** The denoising steps of one preset. */
export type PresetInfo = {
  /** Of the decoder. */
  readonly steps: number;
  /** Of one sample of each prior, and the samples for each picture. The autoregressive prior has a step per coefficient. */
  readonly priors: readonly { readonly name: PriorName; readonly steps: number; readonly samples: number }[];
  /** Of the upsampler that leads to `size`, in rising order. */
  readonly upsamplers: readonly { readonly size: number; readonly steps: number }[];
};

/** The engine, in this thread (models/unclip.ts) or in a worker thread (models/host). */
export type Unclip = {
  readonly info: Info;
  generate(request: GenerateInput, control?: Control): Promise<Result>;
  variations(request: VariationsInput, control?: Control): Promise<Result>;
  interpolate(request: InterpolateInput, control?: Control): Promise<Result>;
  manipulate(request: ManipulateInput, control?: Control): Promise<Result>;
  reconstruct(request: ReconstructInput, control?: Control): Promise<Result>;
  /** The CLIP embedding of a picture or a caption. */
  embed(request: ImageOrPrompt, control?: Control): Promise<Float32Array>;
  /** Cosine between picture and caption, -1 to 1. */
  score(request: ScoreRequest, control?: Control): Promise<number>;
  /** Cancels what runs, then gives the memory back. */
  close(): Promise<void>;
};
