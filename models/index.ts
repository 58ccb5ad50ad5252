// The public API of the package "unclip": the engine.
export { UnclipError } from "./errors.ts";
export { openUnclipInWorker } from "./host/worker-client.ts";
export type {
  Control,
  Info,
  Picture,
  Progress,
  Result,
  StageCache,
  StageName,
  Timing,
  Unclip,
  Warning,
} from "./types.ts";
export { openUnclip, type UnclipOptions } from "./unclip.ts";
