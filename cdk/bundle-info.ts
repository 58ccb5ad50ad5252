// What is known of the bundle without opening it: the gateway has neither ONNX Runtime nor weights.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { ConfigError } from "../infra/config/parsers.ts";
import { infoOf } from "../models/bundle/info.ts";
import { parseBundle } from "../models/bundle/parse.ts";

export type BundleInfo = {
  /** JSON of models/types.ts's Info. */
  readonly info: string;
  /** SHA-256 of bundle.json, which holds those of all other files: it names the whole bundle. */
  readonly digest: string;
};

/** Throws BadSetting where there is no bundle.json, UnclipError INVALID_BUNDLE where it is wrong. */
export function readBundleInfo(root: string, folder: string): BundleInfo {
  const file = path.join(root, folder, "bundle.json");
  if (!existsSync(file)) throw new ConfigError(`unclip:bundle must be a folder with bundle.json, not "${folder}"`);
  const bytes = readFileSync(file);
  return {
    info: JSON.stringify(infoOf(parseBundle(JSON.parse(bytes.toString())))),
    digest: createHash("sha256").update(bytes).digest("hex"),
  };
}
