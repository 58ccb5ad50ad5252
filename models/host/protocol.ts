// The messages between the caller's thread and the engine's thread. All of them survive structured clone.
import type { Failure } from "../error-transfer.ts";
import type { Info, Picture, Progress, Unclip, UnclipOptions } from "../types.ts";

/** The worker's `workerData`. */
export type WorkerData = { readonly folder: string; readonly options: UnclipOptions };

/** The engine's methods that take a request and a control. */
export type Method = Exclude<keyof Unclip, "info" | "close">;

export type ToWorker =
  | {
      readonly type: "call";
      readonly id: number;
      readonly method: Method;
      readonly request: unknown;
      /** Undefined when the call has no listener for progress. */
      readonly progress?: { readonly previewEvery?: number | undefined };
      /** Whether the call has a listener for pictures, and whether it has a stage cache. */
      readonly pictures: boolean;
      readonly hasCache: boolean;
    }
  /** The response to a CacheRequest; `bytes` of a load that found something. */
  | { readonly type: "cacheResponse"; readonly requestId: number; readonly bytes: Uint8Array | undefined }
  | { readonly type: "abort"; readonly id: number }
  | { readonly type: "close" };

export type FromWorker =
  | { readonly type: "ready"; readonly info: Info }
  | { readonly type: "unusable"; readonly failure: Failure }
  | { readonly type: "progress"; readonly id: number; readonly progress: Progress }
  | { readonly type: "picture"; readonly id: number; readonly picture: Picture; readonly index: number }
  | CacheRequest
  | { readonly type: "done"; readonly id: number; readonly value: unknown }
  | { readonly type: "failed"; readonly id: number; readonly failure: Failure };

/** A save to the stage cache of call `id`, or a load when there are no bytes. */
export type CacheRequest = {
  readonly type: "cacheRequest";
  readonly id: number;
  readonly requestId: number;
  readonly name: string;
  readonly bytes?: Uint8Array;
};
