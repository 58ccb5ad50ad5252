// What the caller's thread and the engine's thread say to each other. Everything here survives structured clone.
import { type ErrorCode, UnclipError } from "../errors.ts";
import type { Info, Picture, Progress, Unclip } from "../types.ts";
import type { UnclipOptions } from "../unclip.ts";

/** What the worker is started with. */
export type WorkerData = { readonly folder: string; readonly options: UnclipOptions };

/** The engine's methods that take a request and a control. */
export type Method = Exclude<keyof Unclip, "info" | "close">;

export type ToWorker =
  | {
      readonly type: "call";
      readonly id: number;
      readonly method: Method;
      readonly request: unknown;
      /** undefined: nobody listens to progress. */
      readonly progress?: { readonly previewEvery?: number | undefined };
      /** Whether somebody listens to pictures, and whether there is a keep. */
      readonly pictures: boolean;
      readonly keeps: boolean;
    }
  /** The answer to a `keep`; bytes where it was asked to load and found something. */
  | { readonly type: "kept"; readonly question: number; readonly bytes: Uint8Array | undefined }
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

/** Asks the call's keep to save the bytes, or to load where there are none. */
export type CacheRequest = {
  readonly type: "keep";
  readonly id: number;
  readonly question: number;
  readonly name: string;
  readonly bytes?: Uint8Array;
};

/** An error in transit: structured clone would keep neither its class nor its code. */
export type Failure = {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly field: string | undefined;
  readonly stack: string | undefined;
};

export function toFailure(error: unknown): Failure {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  if (!(error instanceof UnclipError)) return { code: "INTERNAL", message, retryable: false, field: undefined, stack };
  return { code: error.code, message, retryable: error.retryable, field: error.field, stack };
}

/** The error on this side; its cause is the stack of the other. */
export function toError({ code, message, retryable, field, stack }: Failure): UnclipError {
  return new UnclipError(code, message, { retryable, field, cause: stack });
}
