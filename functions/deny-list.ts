// The owner's words that no prompt may hold, from a file.
import { readFileSync } from "node:fs";
import { ConfigError } from "../infra/config/parsers.ts";
import { type ContentHook, denyList } from "../infra/moderation.ts";

/** Words and phrases, one a line; undefined for no file. Throws BadSetting when the file cannot be read. */
export function readDenyList(file: string | undefined): ContentHook | undefined {
  if (file === undefined) return undefined;
  return denyList(textOf(file).split("\n"));
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigError(`UNCLIP_DENY_LIST cannot be read: ${(error as Error).message}`);
  }
}
