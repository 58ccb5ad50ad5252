// The engine as a worker sees it. functions/engine.ts implements it with models/host; tests use engines that fail on demand.
import type { Picture, Result, StageCache, Progress as Step } from "../../models/types.ts";
import type { JobRequest } from "./job.ts";

export type Control = {
  readonly signal: AbortSignal;
  readonly onProgress: (step: Step) => void;
  readonly onPicture: (picture: Picture, index: number) => void;
  readonly stageCache: StageCache;
};

export type Engine = {
  /** SHA-256 of the bundle. Stages cached for another bundle are not reused. */
  readonly digest: string;
  /** Identifies the bundle's CLIP, and so the space of the pictures' embeddings. */
  readonly clip: string;
  /** `images` maps each blob key in the request to the file's bytes. Throws UnclipError. */
  draw(request: JobRequest, images: ReadonlyMap<string, Uint8Array>, control: Control): Promise<Result>;
  /** Encodes a small RGB picture (size x size x 3) as PNG. */
  preview(rgb: Uint8Array, size: number): Promise<Uint8Array>;
};
