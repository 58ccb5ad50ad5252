// The owner's words that no prompt may hold: a file that travels with the code of the functions that read it.
import { copyFileSync } from "node:fs";
import path from "node:path";
import { ConfigError } from "../infra/config/parsers.ts";
import { ENTRY_NAMES } from "./lambda-entries.ts";
import type { Settings } from "./settings.ts";
import type { Source } from "./unclip.ts";

/** Its name beside the code, which is a function's working directory. */
export const DENY_LIST = "deny-list.txt";

/** Throws BadSetting when the file cannot be read. */
export function deployDenyList({ denyList }: Settings, { root, code }: Source): void {
  if (denyList === undefined) return;
  try {
    for (const entry of ENTRY_NAMES) copyFileSync(path.resolve(root, denyList), path.join(code(entry), DENY_LIST));
  } catch (error) {
    throw new ConfigError(`unclip:denyList cannot be read: ${(error as Error).message}`);
  }
}
