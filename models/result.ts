// What the engine gives back and tells on its way. Types only; models/request.ts, the light door, hands them on.
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
  Size,
  VariationsInput,
} from "./request.ts";

export type Picture = {
  readonly png: Uint8Array;
  readonly size: Size;
  readonly seed: number;
  /** Cosine of the picture's CLIP embedding with its caption's; absent where there is no caption. */
  readonly score?: number;
};

export type Warning = { readonly code: "CAPTION_CUT"; readonly message: string };

export type Timing = { readonly stage: string; readonly milliseconds: number };

export type Result = {
  readonly pictures: readonly Picture[];
  /** Contact sheet (PNG) of a request with more than one picture. */
  readonly sheet?: Uint8Array;
  readonly animation?: { readonly format: AnimationFormat; readonly bytes: Uint8Array };
  readonly warnings: readonly Warning[];
  readonly timings: readonly Timing[];
};

export type StageName = "prior" | "inversion" | "decoder" | `upsampler-${number}`;

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

export type Control = {
  /** Honoured before every step of every stage; the call then rejects with code CANCELED. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** A preview at every n-th step and at the last; 0 for none. Default 1. */
  readonly previewEvery?: number;
};

export type Info = {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly attribution: string;
  /** Width of the CLIP embedding. */
  readonly dimensions: number;
  readonly contextLength: number;
  readonly sizes: readonly Size[];
  readonly priors: readonly PriorName[];
  readonly presets: readonly PresetName[];
  readonly bytes: number;
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
