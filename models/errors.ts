/** What went wrong, for machines. The message is for people and may change; the code may not. */
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
  /** The request's field at fault, as a path: "between.1.prompt". */
  field?: string | undefined;
  cause?: unknown;
}

/** The one error the core throws on purpose; anything else that escapes it is a bug of ours. */
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
