/** For programs. The message is for people and may change; the code does not. */
export type ErrorCode =
  | "INVALID_REQUEST"
  | "INVALID_PICTURE"
  | "INVALID_BUNDLE"
  | "INSUFFICIENT_MEMORY"
  | "NUMERIC_FAILURE"
  | "CANCELED"
  | "INTERNAL";

export interface ErrorDetails {
  /** Whether the same call may succeed later. Default false. */
  retryable?: boolean | undefined;
  /** Path of the field at fault: "between.1.prompt". */
  field?: string | undefined;
  cause?: unknown;
}

/** The only error that the engine throws on purpose; any other error is a bug. */
export class UnclipError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly field?: string;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "UnclipError";
    this.code = code;
    this.retryable = details.retryable ?? false;
    if (details.field !== undefined) this.field = details.field;
  }
}

/** INVALID_REQUEST at `field`, a path such as "between.1.prompt"; `problem` completes the sentence "<field> ...". */
export function invalidRequest(field: string, problem: string): UnclipError {
  return new UnclipError("INVALID_REQUEST", `"${field}" ${problem}`, { field });
}

/** CANCELED, with the signal's reason as the cause. */
export function canceled(signal?: AbortSignal): UnclipError {
  return new UnclipError("CANCELED", "The call was canceled.", { cause: signal?.reason });
}

/** Throws CANCELED once the signal is aborted. */
export function throwIfCanceled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw canceled(signal);
}

/** The promise, or CANCELED as soon as the signal is aborted; the work behind the promise is not stopped. */
export async function unlessCanceled<Out>(promise: Promise<Out>, signal: AbortSignal | undefined): Promise<Out> {
  if (signal === undefined) return promise;
  throwIfCanceled(signal);
  let abort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(canceled(signal));
    signal.addEventListener("abort", abort);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort!);
  }
}
