// Pictures on standard output, for "--out -".
import { usageError } from "./arguments.ts";
import { DASH, type Values } from "./options.ts";

/** Whether the result goes to standard output. Throws INVALID_REQUEST, also when that is a terminal or takes one file of several. */
export function toStandardOutput({ out, json, open, animate }: Values, count: number): boolean {
  if (out !== DASH) return false;
  if (json) throw usageError("--out - writes a picture to standard output, where --json writes too");
  if (open) throw usageError("--open needs a file, and --out - writes none");
  if (count > 1 && animate === undefined) {
    throw usageError(`--out - writes one file, and this request has ${count} pictures`);
  }
  if (process.stdout.isTTY) throw usageError("--out - writes a picture to standard output, which is a terminal");
  return true;
}
