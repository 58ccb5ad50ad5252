// Reads the deny list from a file.
import { readFileSync } from "node:fs";
import { ConfigError } from "../infra/config/parsers.ts";
import { type ContentHook, createDenyList } from "../infra/moderation.ts";

/** One word or phrase per line. Undefined without a file. Throws ConfigError if the file cannot be read. */
export function readDenyList(file: string | undefined): ContentHook | undefined {
  if (file === undefined) return undefined;
  return createDenyList(readText(file).split("\n"));
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigError(`UNCLIP_DENY_LIST cannot be read: ${(error as Error).message}`);
  }
}
