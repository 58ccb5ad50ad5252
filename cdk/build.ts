// Builds what unclip-cdk ships, except the construct itself: `npm run build -w cdk` adds that by tsc.
import { copyFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { buildCommand, buildImage, buildLambdas } from "./build-lambdas.ts";
import { CODE_FOLDER } from "./code-folder.ts";
import { licensesOf } from "./licenses.ts";

const root = path.resolve(import.meta.dirname, "..");

/** Writes OUT/lambda and OUT/image, which a deployment needs, and their source maps to OUT/maps. Returns esbuild's metadata. */
export async function buildCode(out: string) {
  const maps = path.join(out, "maps");
  await rm(maps, { recursive: true, force: true });
  const [lambdas, image] = await Promise.all([
    buildLambdas(root, path.join(out, "lambda"), maps),
    buildImage(root, path.join(out, "image"), maps),
  ]);
  return [...Object.values(lambdas), image];
}

if (process.argv[1] === import.meta.filename) {
  await rm(CODE_FOLDER, { recursive: true, force: true });
  const code = await buildCode(CODE_FOLDER);
  const command = await buildCommand(root, path.join(CODE_FOLDER, "bin"));
  await writeFile(path.join(CODE_FOLDER, "THIRD-PARTY-LICENSES"), await licensesOf(root, [...code, command]));
  for (const file of ["LICENSE", "NOTICE"]) await copyFile(path.join(root, file), path.join(CODE_FOLDER, file));
}
