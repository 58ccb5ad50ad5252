// The public API of the package "unclip": the engine.
export { type ErrorCode, UnclipError } from "./errors.ts";
export { openUnclipInWorker } from "./host/worker-client.ts";
export { readProvenance } from "./metadata/files.ts";
export type { Provenance, Verb } from "./metadata/provenance.ts";
export type {
  EmbeddingOptions,
  GenerateInput,
  ImageOrPrompt,
  InterpolateInput,
  ManipulateInput,
  MixItem,
  ReconstructInput,
  ScoreInput,
  VariationsInput,
} from "./request.ts";
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
  UnclipOptions,
  Warning,
  WarningCode,
} from "./types.ts";
export { openUnclip } from "./unclip.ts";
