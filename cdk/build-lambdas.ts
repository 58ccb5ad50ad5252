// Bundles the Lambda functions, the worker image's code and the command unclip-aws with esbuild: one JavaScript file per entry, without Docker.
// The AWS SDK is bundled, although Lambda provides a copy: that copy changes without notice, differs from the version
// that the tests run with, and loads more slowly, from hundreds of files.
import { cp, mkdir, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { build, type Metafile } from "esbuild";
import { writeStudio } from "../functions/pages/build.ts";
import { ENTRY_NAMES } from "./lambda-entries.ts";

/** Major version of Node.js in Lambda's runtime and in the worker image. */
const NODE = 24;

/** CommonJS packages load Node's built-in modules with `require`, which ES modules lack. */
const REQUIRE = `import { createRequire as __require } from "node:module"; const require = __require(import.meta.url);`;

export const esbuildOptions = (root: string) =>
  ({
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    target: `node${NODE}`,
    format: "esm",
    minify: true,
    keepNames: true,
    // The modules of the AWS SDK and of graphql as ES modules, of which only what is used is bundled.
    mainFields: ["module", "main"] as string[],
    legalComments: "none",
    banner: { js: REQUIRE },
    metafile: true,
    logLevel: "warning",
  }) as const;

/**
 * Source maps stay out of what is deployed: Node.js would read them at every start. `unclip-aws stack` applies them to the
 * stack traces of a log.
 */
const MAPS = { sourcemap: "external", sourcesContent: false } as const;

/** Writes OUT/<entry>/<entry>.mjs, and source maps into the folder `maps` if it is given. Returns esbuild's metadata by entry. */
export async function buildLambdas(root: string, out: string, maps?: string): Promise<Record<string, Metafile>> {
  await rm(out, { recursive: true, force: true });
  const built = await Promise.all(
    ENTRY_NAMES.map(async (entry) => {
      const { metafile } = await build({
        ...esbuildOptions(root),
        ...(maps !== undefined && MAPS),
        entryPoints: { [entry]: `functions/aws/${entry}.ts` },
        outdir: path.join(out, entry),
        outExtension: { ".js": ".mjs" },
        // Dynamic imports, such as GraphiQL's page, go into files of their own.
        splitting: true,
      });
      await moveMaps(path.join(out, entry), maps);
      // The pages that the function serves.
      if (entry === "graphql") await writeStudio(path.join(out, entry, "studio"));
      return [entry, metafile] as const;
    }),
  );
  return Object.fromEntries(built);
}

/**
 * Writes the worker image's Docker build context. ONNX Runtime and sharp have native code and stay packages. The files
 * that the engine starts as a thread or a process lie beside it under their own names (models/entry-point.ts).
 */
export async function buildImage(root: string, out: string, maps?: string): Promise<Metafile> {
  await rm(out, { recursive: true, force: true });
  await cp(path.join(root, "functions", "aws", "image"), out, { recursive: true });
  const { metafile } = await build({
    ...esbuildOptions(root),
    ...(maps !== undefined && MAPS),
    external: ["onnxruntime-node", "sharp"],
    entryPoints: {
      draw: "functions/aws/worker.ts",
      embed: "functions/aws/embed.ts",
      drain: "functions/aws/drain.ts",
      "download-bundle": "functions/aws/download-bundle.ts",
      "copy-clip": "functions/aws/copy-clip.ts",
      worker: "models/host/worker.ts",
      "isolated-process": "models/onnx/isolated-process.ts",
    },
    outdir: out,
  });
  await moveMaps(out, maps);
  return metafile;
}

/** A source map has the name of its file. Files of two entries have one name only if they have the same content. */
async function moveMaps(folder: string, maps: string | undefined): Promise<void> {
  if (maps === undefined) return;
  await mkdir(maps, { recursive: true });
  const names = (await readdir(folder)).filter((name) => name.endsWith(".map"));
  await Promise.all(names.map((name) => rename(path.join(folder, name), path.join(maps, name))));
}

/** Writes OUT/unclip-aws.js. */
export async function buildCommand(root: string, out: string): Promise<Metafile> {
  const { metafile } = await build({
    ...esbuildOptions(root),
    target: "node22",
    entryPoints: { "unclip-aws": "functions/aws/cli/main.ts" },
    outdir: out,
  });
  return metafile;
}
