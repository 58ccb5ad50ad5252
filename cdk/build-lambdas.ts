// Bundles the Lambda functions, the worker image's code and the command unclip-aws with esbuild: one JavaScript file per entry, without Docker.
// The AWS SDK is bundled, although Lambda provides a copy: that copy changes without notice, differs from the version
// that the tests run with, and loads more slowly, from hundreds of files.
import { cp, rm } from "node:fs/promises";
import path from "node:path";
import { build, type Metafile } from "esbuild";
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
    // For stack traces in the log.
    sourcemap: true,
    sourcesContent: false,
    legalComments: "none",
    banner: { js: REQUIRE },
    metafile: true,
    logLevel: "warning",
  }) as const;

/** Writes OUT/<entry>/index.mjs. Returns esbuild's metadata by entry. */
export async function buildLambdas(root: string, out: string): Promise<Record<string, Metafile>> {
  await rm(out, { recursive: true, force: true });
  const built = await Promise.all(
    ENTRY_NAMES.map(async (entry) => {
      const { metafile } = await build({
        ...esbuildOptions(root),
        entryPoints: { index: `functions/aws/${entry}.ts` },
        outdir: path.join(out, entry),
        outExtension: { ".js": ".mjs" },
        // Dynamic imports, such as GraphiQL's page, go into files of their own.
        splitting: true,
      });
      return [entry, metafile] as const;
    }),
  );
  return Object.fromEntries(built);
}

/**
 * Writes the worker image's Docker build context. ONNX Runtime and sharp have native code and stay packages. The files
 * that the engine starts as a thread or a process lie beside it under their own names (models/entry-point.ts).
 */
export async function buildImage(root: string, out: string): Promise<Metafile> {
  await rm(out, { recursive: true, force: true });
  await cp(path.join(root, "functions", "aws", "image"), out, { recursive: true });
  const { metafile } = await build({
    ...esbuildOptions(root),
    external: ["onnxruntime-node", "sharp"],
    entryPoints: {
      draw: "functions/aws/worker.ts",
      embed: "functions/aws/embed.ts",
      drain: "functions/aws/drain.ts",
      "download-bundle": "functions/aws/download-bundle.ts",
      worker: "models/host/worker.ts",
      "isolated-process": "models/onnx/isolated-process.ts",
    },
    outdir: out,
  });
  return metafile;
}

/** Writes OUT/unclip-aws.js. */
export async function buildCommand(root: string, out: string): Promise<Metafile> {
  const { metafile } = await build({
    ...esbuildOptions(root),
    target: "node22",
    sourcemap: false,
    entryPoints: { "unclip-aws": "functions/aws/cli/main.ts" },
    outdir: out,
  });
  return metafile;
}
