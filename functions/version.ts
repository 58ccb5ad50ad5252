import { readFileSync } from "node:fs";

/** Compiled code runs from dist, a folder below the package's own. */
const MANIFEST = import.meta.url.endsWith(".ts") ? "../package.json" : "../../package.json";

/** The version of the package. */
export function version(): string {
  return JSON.parse(readFileSync(new URL(MANIFEST, import.meta.url), "utf8")).version;
}
