// What the engine returns and reports: types, and the names of its stages and warnings. Pure.
import type {
  AnimationFormat,
  Capability,
  GenerateInput,
  ImageOrPrompt,
  InterpolateInput,
  ManipulateInput,
  MemoryName,
  PresetName,
  PriorName,
  ReconstructInput,
  ScoreInput,
  VariationsInput,
} from "./request.ts";

/** A picture of a result. */
export type Picture = {
  readonly png: Uint8Array;
  /** Width and height in pixels. */
  readonly size: number;
  readonly seed: number;
  /** Cosine of the CLIP embeddings of the picture and of its caption, as completed by the seed; absent without a caption. */
  readonly score?: number;
  /** CLIP embedding of the picture before it was rounded to 8 bits; absent when a remote service drew it. */
  readonly embedding?: Float32Array;
};

/** The codes of warnings, and what each means. */
export const WARNINGS = {
  CAPTION_CUT: "The prompt is longer than the model's context; the end was not read.",
  UNKNOWN_WORDS:
    "The prompt has words that the model was not trained on. They are left out unless there are no others.",
} as const;
/** The code of a warning. */
export type WarningCode = keyof typeof WARNINGS;

/** Something about the request that the caller should know, although it was drawn. */
export type Warning = { readonly code: WarningCode; readonly message: string };

/** Time over all pictures of a request. `stage` is a StageName or one of "open", "clip" and "finish". */
export type Timing = { readonly stage: string; readonly milliseconds: number };

/** What a call that draws returns. */
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
/** A stage that takes denoising steps. */
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
  /** The current estimate of the picture: size x size x 3 bytes of RGB. */
  readonly preview?: { readonly size: number; readonly rgb: Uint8Array };
};

/**
 * Stores the outputs of finished stages, so that a second attempt resumes where the first one ended. A cache belongs to one
 * request with a fixed seed and to one bundle. Damaged bytes and all errors are ignored: the stage then runs. A call waits for
 * `load` and `save` until it is canceled, so a store that may hang needs its own timeout. A save may still be running when a
 * canceled call rejects.
 */
export type StageCache = {
  /** `name` is "<stage>/<picture>", as in "decoder/3". Resolves to undefined for a name that is not stored. */
  load(name: string): Promise<Uint8Array | undefined>;
  /** The cache owns `bytes` from then on. */
  save(name: string, bytes: Uint8Array): Promise<void>;
};

/** How a call reports progress, stops, and stores its stages. */
export type Control = {
  /** Checked before every step of every stage; the call then rejects with CANCELED. */
  readonly signal?: AbortSignal;
  /** Stages loaded from `stageCache` take no steps and report nothing. */
  readonly onProgress?: (progress: Progress) => void;
  /** Progress has a preview at every n-th step and at the last; 0 for none. Default 1. */
  readonly previewEvery?: number;
  /** Called with each picture as soon as it is encoded, in order; `index` is its place in the result, from 0. */
  readonly onPicture?: (picture: Picture, index: number) => void;
  readonly stageCache?: StageCache;
};

/** How an engine uses the machine. */
export type UnclipOptions = {
  /** Threads a network may use. Default: one for each core. */
  readonly threads?: number;
  /**
   * "all" keeps every network open, "one" only that of the running stage, in its own process; "auto", the default, chooses what
   * fits into the free memory. The pictures are the same.
   */
  readonly memory?: MemoryName | undefined;
  /** Engines that will share this machine's memory. Default 1. */
  readonly engines?: number;
  /**
   * "clip" opens the encoders of CLIP alone: the engine embeds and scores, cannot draw, and the bundle's folder need not hold
   * the weights of its other networks. Default "all".
   */
  readonly part?: "all" | "clip" | undefined;
  /** What networks run on. Default "cpu"; any other provider is tested before the bundle is opened. */
  readonly provider?: Provider | undefined;
};

/** An execution provider of ONNX Runtime. */
export type Provider = "cpu" | "cuda";

/** What an open bundle is and can do. */
export type Info = {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly attribution: string;
  /** Identifies the CLIP: embeddings of bundles with the same value can be compared. */
  readonly clip: string;
  /** Width of the CLIP embedding. */
  readonly dimensions: number;
  /** Tokens of a caption that are read, start and end included. */
  readonly contextLength: number;
  /** Widths and heights it draws, in pixels, in rising order. */
  readonly sizes: readonly number[];
  /** Of requests that name no size. */
  readonly defaultSize: number;
  /** The first one is the default. Without any, the model draws from pictures only. */
  readonly priors: readonly PriorName[];
  readonly capabilities: readonly Capability[];
  readonly presets: Readonly<Record<PresetName, PresetInfo>>;
  /** Whether captions of two things are composed of two drawings. */
  readonly scenes: boolean;
  /** What every caption can say besides its subject, such as a style: each value with its phrase, "in flat style". */
  readonly attributes: readonly {
    readonly name: string;
    readonly values: readonly { readonly name: string; readonly phrase: string }[];
  }[];
  /** The words of its training captions. Undefined if it has no list of them, or if only its bundle.json was read. */
  readonly words?: readonly string[] | undefined;
  /** What it was taught to draw, each with the emoji that captions may have in place of its name. Undefined as `words` is. */
  readonly concepts?: readonly { readonly name: string; readonly emoji?: string | undefined }[] | undefined;
  /** Size of its files. */
  readonly bytes: number;
};

/** The denoising steps of one preset. */
export type PresetInfo = {
  /** Of the decoder. */
  readonly steps: number;
  /** Of the decoder where a picture is inverted: of the inversion, and of each picture drawn from it. */
  readonly inversionSteps: number;
  /** Of one sample of each prior, and the samples for each picture. The autoregressive prior has a step per coefficient. */
  readonly priors: readonly { readonly name: PriorName; readonly steps: number; readonly samples: number }[];
  /** Of the upsampler that leads to `size`, in rising order. */
  readonly upsamplers: readonly { readonly size: number; readonly steps: number }[];
};

/**
 * The engine, in this thread (`openUnclip`) or in a worker thread (`openUnclipInWorker`). Every verb rejects with an UnclipError:
 * INVALID_REQUEST (naming the field), INVALID_PICTURE, INVALID_BUNDLE, NUMERIC_FAILURE, CANCELED or INTERNAL.
 */
export type Unclip = {
  readonly info: Info;
  /** Pictures of a caption. */
  generate(request: GenerateInput, control?: Control): Promise<Result>;
  /** Pictures with the subject and style of a picture. */
  variations(request: VariationsInput, control?: Control): Promise<Result>;
  /** Frames between pictures and captions. */
  interpolate(request: InterpolateInput, control?: Control): Promise<Result>;
  /** A picture changed by the difference of two captions. */
  manipulate(request: ManipulateInput, control?: Control): Promise<Result>;
  /** A picture from the first principal components of its embedding. INVALID_REQUEST when the bundle has none. */
  reconstruct(request: ReconstructInput, control?: Control): Promise<Result>;
  /** The CLIP embedding of a picture or a caption: `info.dimensions` numbers. */
  embed(request: ImageOrPrompt, control?: Control): Promise<Float32Array>;
  /** Cosine between picture and caption, -1 to 1. */
  score(request: ScoreInput, control?: Control): Promise<number>;
  /** Cancels running calls, then frees the memory. */
  close(): Promise<void>;
};
