// bundle.json, format 1, as types. models/bundle/parse.ts reads and checks it.
import type { Prediction, Variance } from "../diffusion/denoiser.ts";
import { PRIORS, type PresetName, type PriorName, type SamplerName } from "../request.ts";
import type { ScenesSpec } from "./scenes.ts";

type DataType = "float32" | "int32";

/** shape: numbers, and "n" for the batch axis of any length. */
export type TensorSpec = { readonly dtype: DataType; readonly shape: readonly (number | "n")[] };

/** The type of most of a network's weights. */
export type Precision = "fp32" | "fp16";

export type NetworkSpec = {
  readonly file: string;
  readonly precision?: Precision;
  readonly inputs: Readonly<Record<string, TensorSpec>>;
  readonly outputs: Readonly<Record<string, TensorSpec>>;
};

export type ScheduleSpec = { readonly kind: "cosine" | "linear"; readonly steps: number };

export type ClipSpec = {
  readonly dimensions: number;
  /** Embeddings have unit length. */
  readonly normalise: boolean;
  readonly logitScale: number;
  readonly text: NetworkSpec;
  readonly image: NetworkSpec & {
    readonly size: number;
    readonly mean: readonly number[];
    readonly std: readonly number[];
    readonly fit: "squash" | "crop";
  };
};

type DiffusionPriorSpec = {
  readonly network: NetworkSpec;
  readonly schedule: ScheduleSpec;
  readonly prediction: Prediction;
  readonly clamp?: number;
};

type AutoregressivePriorSpec = {
  readonly network: NetworkSpec;
  readonly coefficients: number;
  readonly buckets: number;
  readonly dotBuckets: number;
};

export type DecoderSpec = {
  readonly network: NetworkSpec;
  readonly size: number;
  readonly schedule: ScheduleSpec;
  readonly prediction: Prediction;
  readonly variance: Variance;
};

export type UpsamplerSpec = Omit<DecoderSpec, "size"> & {
  readonly from: number;
  readonly to: number;
  /** Replaces `network` at the last step: Karlo's is tuned for sharpness there. */
  readonly last?: NetworkSpec;
  /** Feeds the resized picture without clamping it: bicubic resizing overshoots [-1, 1] at edges. */
  readonly overshoot?: boolean;
};

export type Sampling = { readonly sampler: SamplerName; readonly steps: number };

export type Preset = {
  readonly prior?: Sampling & { readonly guidance: number; readonly priorSamples: number };
  readonly autoregressive?: { readonly guidance: number; readonly temperature: number; readonly priorSamples: number };
  readonly decoder: Sampling & { readonly guidance: number };
  readonly upsamplers: readonly Sampling[];
};

export type BundleSpec = {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly attribution: string;
  readonly files: Readonly<Record<string, { readonly sha256: string; readonly bytes: number }>>;
  readonly tokenizer: {
    readonly vocab: string;
    readonly merges: string;
    readonly contextLength: number;
    readonly padId: number;
    /** A file with the words of the training captions, one a line. */
    readonly words?: string | undefined;
  };
  readonly tensors: string;
  readonly clip: ClipSpec;
  readonly prior: { readonly diffusion?: DiffusionPriorSpec; readonly autoregressive?: AutoregressivePriorSpec };
  readonly decoder: DecoderSpec;
  readonly upsamplers: readonly UpsamplerSpec[];
  readonly presets: Readonly<Record<PresetName, Preset>>;
  /** How captions describe scenes. Without it every caption is used verbatim. */
  readonly scenes?: ScenesSpec | undefined;
};

/** A graph's file and the files with its weights: "prior.onnx", "prior.onnx.data". */
export function filesOf(files: BundleSpec["files"], graph: string): string[] {
  return [
    graph,
    ...Object.keys(files)
      .filter((name) => name.startsWith(`${graph}.`))
      .sort(),
  ];
}

/** Widths and heights that the bundle draws, in pixels, in rising order. */
export function sizesOf({ decoder, upsamplers }: BundleSpec): number[] {
  return [decoder.size, ...upsamplers.map(({ to }) => to)];
}

/** The first one is the default. */
export function priorsOf({ prior }: BundleSpec): PriorName[] {
  return PRIORS.filter((name) => prior[name] !== undefined);
}
