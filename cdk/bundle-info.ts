// Facts about a model bundle, read from its bundle.json. The API's functions need them, but ship no weights.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { createInfo } from "../models/bundle/info.ts";
import { parseBundle } from "../models/bundle/parse.ts";
import type { BundleSpec } from "../models/bundle/spec.ts";

export type BundleInfo = {
  /** Absolute path. */
  readonly folder: string;
  /** `Info` of models/types.ts as JSON. */
  readonly info: string;
  readonly spec: BundleSpec;
  /** SHA-256 of bundle.json, in hexadecimal. bundle.json holds the hashes of all other files, so this identifies the bundle. */
  readonly digest: string;
};

/** Throws UnclipError INVALID_BUNDLE if bundle.json is invalid. */
export function readBundleInfo(folder: string): BundleInfo {
  const file = path.resolve(folder, "bundle.json");
  const bytes = readFileSync(file);
  const spec = parseBundle(JSON.parse(bytes.toString()));
  return {
    folder: path.dirname(file),
    info: JSON.stringify(createInfo(spec)),
    spec,
    digest: createHash("sha256").update(bytes).digest("hex"),
  };
}
