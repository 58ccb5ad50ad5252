// The folder of the built code: lambda/, image/ and maps/ (build.ts).
import { createRequire } from "node:module";
import path from "node:path";

/** The same folder for cdk/*.ts and for the compiled package, which lie at different depths. */
export const CODE_FOLDER = path.join(
  path.dirname(createRequire(import.meta.url).resolve("unclip-cdk/package.json")),
  "dist",
);
