// Errors as one line for people, and as an exit code for scripts.
import { UnclipError } from "../../models/errors.ts";
import { toOptionName } from "./options.ts";

export const EXIT_CODES = {
  0: "done",
  1: "failed",
  2: "invalid request: an option, a caption, a picture, or a missing file",
  3: "unusable bundle, or not enough memory for it",
  130: "stopped by Ctrl-C",
};

/** The shell convention for a process ended by a signal: 128 plus the signal's number. */
export const STOPPED = { SIGINT: 130, SIGTERM: 143 } as const;

export function exitCodeOf(error: unknown): number {
  if (!(error instanceof UnclipError)) return 1;
  if (error.code === "INVALID_REQUEST" || error.code === "INVALID_PICTURE") return 2;
  if (error.code === "INVALID_BUNDLE" || error.code === "INSUFFICIENT_MEMORY") return 3;
  return error.code === "CANCELED" ? STOPPED.SIGINT : 1;
}

/** One line. With `debug`, also the stack traces of the error and of its cause in the engine's thread. */
export function formatError(error: unknown, debug: boolean): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof UnclipError && error.code === "CANCELED") return "stopped";
  const message = error instanceof UnclipError ? withOptionNames(error) : error.message;
  if (!debug) return message.replace(/\s*\n\s*/g, " ");
  const { cause } = error;
  const deeper = cause instanceof Error ? cause.stack : cause;
  return [message, error.stack, ...(deeper ? [`Caused by: ${deeper}`] : [])].join("\n");
}

/** Replaces the engine's field names ("priorSteps" must be ...) by option names (--prior-steps must be ...). */
function withOptionNames({ message, field }: UnclipError): string {
  return field === undefined ? message : message.replace(`"${field}"`, subjectOf(field));
}

function subjectOf(field: string): string {
  const [, list, index] = /^(between|mix)\.(\d+)/.exec(field) ?? [];
  if (index !== undefined) return `${list === "mix" ? "--mix" : "endpoint"} ${Number(index) + 1}`;
  if (field === "prompt") return "the caption";
  if (field === "image") return "the picture";
  return toOptionName(field.replace(/\.\d+$/, ""));
}
