// What a worker needs of the engine. functions/ joins it with models/host; tests bring engines that fail on demand.
import type { Picture, Result, Progress as Step } from "../../models/request.ts";
import type { JobRequest } from "./job.ts";

export type Control = {
  readonly signal: AbortSignal;
  readonly onProgress: (step: Step) => void;
  readonly onPicture: (picture: Picture, index: number) => void;
  readonly keep: {
    load(name: string): Promise<Uint8Array | undefined>;
    save(name: string, bytes: Uint8Array): Promise<void>;
  };
};

export type Engine = {
  /** Of the bundle: kept stages of another bundle are of no use. */
  readonly digest: string;
  /** Of the bundle's CLIP: it names the space of the pictures' embeddings. */
  readonly clip: string;
  /** `images` by the key of each blob the request names. Throws UnclipError. */
  draw(request: JobRequest, images: ReadonlyMap<string, Uint8Array>, control: Control): Promise<Result>;
  /** A small RGB picture (size x size x 3) as PNG. */
  preview(rgb: Uint8Array, size: number): Promise<Uint8Array>;
};
