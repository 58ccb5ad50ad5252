// From TypeScript to what Lambda and the worker image run: one file of JavaScript for each entry, by esbuild, without
// Docker. The AWS SDK goes into it, though Lambda has a copy: that one changes by itself, is not the one that our tests
// ran on, and is slower to load, because it lies in hundreds of files.
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { build, type Metafile } from "esbuild";
import { ENTRY_NAMES } from "./lambda-entries.ts";

/** The Node.js of Lambda's runtime and of the worker image. */
export const NODE = 24;

/** Packages written for CommonJS ask for Node's own modules by `require`, which a module has not. */
const REQUIRE = `import { createRequire as __require } from "node:module"; const require = __require(import.meta.url);`;

export const common = (root: string) =>
  ({
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    target: `node${NODE}`,
    format: "esm",
    minify: true,
    keepNames: true,
    // For the stacks of our own bugs in the log; read when there is one.
    sourcemap: true,
    sourcesContent: false,
    legalComments: "none",
    banner: { js: REQUIRE },
    metafile: true,
    logLevel: "warning",
  }) as const;

/** Into out/<entry>/index.mjs. What esbuild tells of each: its inputs and its size. */
export async function bundleFunctions(root: string, out: string): Promise<Record<string, Metafile>> {
  await rm(out, { recursive: true, force: true });
  const built = await Promise.all(
    ENTRY_NAMES.map(async (entry) => {
      const { metafile } = await build({
        ...common(root),
        entryPoints: { index: `functions/aws/${entry}.ts` },
        outdir: path.join(out, entry),
        outExtension: { ".js": ".mjs" },
        // What is imported when it is first needed, as GraphiQL's page, stays in files of its own.
        splitting: true,
      });
      return [entry, metafile] as const;
    }),
  );
  return Object.fromEntries(built);
}

/**
 * The worker image's code. ONNX Runtime and sharp bring machine code and stay packages. What the engine starts as a thread
 * or a process must lie beside it, by its own name (models/host/entry-point.ts).
 */
export async function bundleWorkers(root: string, out: string): Promise<Metafile> {
  const { metafile } = await build({
    ...common(root),
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
  // Node.js takes these files for modules.
  await writeFile(path.join(out, "package.json"), '{ "type": "module" }\n');
  return metafile;
}
