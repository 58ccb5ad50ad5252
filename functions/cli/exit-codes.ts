// What went wrong, as a line for a person and a number for a script.
import { UnclipError } from "../../models/errors.ts";
import { optionOf } from "./options.ts";

export const EXIT_CODES = {
  0: "done",
  1: "failed",
  2: "wrong request: an option, a caption, a picture, a file that is not there",
  3: "unusable bundle, or too little memory for it",
  130: "stopped by Ctrl-C",
};

/** The codes by which shells tell that a signal ended a process: 128 and its number. */
export const STOPPED = { SIGINT: 130, SIGTERM: 143 } as const;

export function exitCodeOf(error: unknown): number {
  if (!(error instanceof UnclipError)) return 1;
  if (error.code === "INVALID_REQUEST" || error.code === "INVALID_PICTURE") return 2;
  if (error.code === "INVALID_BUNDLE" || error.code === "INSUFFICIENT_MEMORY") return 3;
  return error.code === "CANCELED" ? STOPPED.SIGINT : 1;
}

/** One line; with `debug` the stack, and that of the engine's thread. */
export function lineOf(error: unknown, debug: boolean): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof UnclipError && error.code === "CANCELED") return "stopped";
  const message = error instanceof UnclipError ? inOptions(error) : error.message;
  if (!debug) return message.replace(/\s*\n\s*/g, " ");
  const { cause } = error;
  const deeper = cause instanceof Error ? cause.stack : cause;
  return [message, error.stack, ...(deeper ? [`Caused by: ${deeper}`] : [])].join("\n");
}

/** The engine speaks of fields ("priorSteps" must be ...), the command line of options (--prior-steps must be ...). */
function inOptions({ message, field }: UnclipError): string {
  return field === undefined ? message : message.replace(`"${field}"`, subjectOf(field));
}

function subjectOf(field: string): string {
  const [, end] = /^between\.(\d+)/.exec(field) ?? [];
  if (end !== undefined) return `end ${Number(end) + 1}`;
  if (field === "prompt") return "the caption";
  if (field === "image") return "the picture";
  return optionOf(field.replace(/\.\d+$/, ""));
}
