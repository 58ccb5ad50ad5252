// An UnclipError between threads and processes: structured clone would lose its class and its code.
import { type ErrorCode, UnclipError } from "./errors.ts";

export type Failure = {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly field: string | undefined;
  readonly stack: string | undefined;
};

/** Any other error becomes INTERNAL. */
export function toFailure(error: unknown): Failure {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  if (!(error instanceof UnclipError)) return { code: "INTERNAL", message, retryable: false, field: undefined, stack };
  return { code: error.code, message, retryable: error.retryable, field: error.field, stack };
}

/** The error on the receiving side. Its cause is the sender's stack trace. */
export function toError({ code, message, retryable, field, stack }: Failure): UnclipError {
  return new UnclipError(code, message, { retryable, field, cause: stack });
}
