// Bundles what a run starts as processes: a bundle starts in a third of the time that source code needs, and a run starts
// hundreds.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";

const ROOT = path.join(import.meta.dirname, "..", "..");

export type Entries = {
  /** The service of `npm start` (local/server.ts). */
  readonly server: string;
  /** A worker of the AWS adapters (ports/worker-entry.ts). */
  readonly awsWorker: string;
  readonly remove: () => Promise<void>;
};

/** Below node_modules, so that the packages with native code resolve. */
export async function buildEntries(): Promise<Entries> {
  const parent = path.join(ROOT, "node_modules", ".cache");
  await mkdir(parent, { recursive: true });
  const outdir = await mkdtemp(path.join(parent, "unclip-chaos-"));
  await build({
    absWorkingDir: ROOT,
    entryPoints: {
      server: "test/chaos/local/server.ts",
      "aws-worker": "test/chaos/ports/worker-entry.ts",
      worker: "models/host/worker.ts",
      "isolated-process": "models/onnx/isolated-process.ts",
    },
    outdir,
    bundle: true,
    splitting: true,
    // Packages with native code.
    external: ["libsql", "sharp", "onnxruntime-node"],
    // For packages of CommonJS that require modules of Node.js.
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "warning",
  });
  return {
    server: path.join(outdir, "server.js"),
    awsWorker: path.join(outdir, "aws-worker.js"),
    remove: () => rm(outdir, { recursive: true, force: true }),
  };
}
