// What travels to Lambda and into the image: that it is whole, that it starts, and what is not in it.
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { IgnoreStrategy } from "aws-cdk-lib";
import type { Metafile } from "esbuild";
import { beforeAll, describe, expect, test } from "vitest";
import { bundleFunctions, bundleWorkers } from "../../cdk/build-lambdas.ts";
import { ENTRY_NAMES } from "../../cdk/lambda-entries.ts";
import { ROOT } from "../support/cdk/synth.ts";

const run = promisify(execFile);
const packages = ({ inputs }: Metafile) =>
  new Set(Object.keys(inputs).map((file) => /^node_modules\/((@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? file));

let code: string;
let functions: Record<string, Metafile>;

beforeAll(async () => {
  code = mkdtempSync(path.join(tmpdir(), "unclip-bundle-"));
  functions = await bundleFunctions(ROOT, code);
}, 120_000);

describe("functions", () => {
  test.each(ENTRY_NAMES)("%s has neither ONNX Runtime nor CDK nor weights in it", (entry) => {
    const within = packages(functions[entry]!);
    for (const heavy of ["onnxruntime-node", "sharp", "libsql", "aws-cdk-lib", "esbuild", "tsx"]) {
      expect(within, heavy).not.toContain(heavy);
    }
    expect([...within].filter((file) => /^(models\/(onnx|host|bundles)|cdk|test)\//.test(file))).toEqual([]);
  });

  test("graphql is in them once: it refuses to work with types of another copy", () => {
    const copies = Object.keys(functions.graphql!.inputs).filter((file) => /\/graphql\/graphql\.m?js$/.test(file));
    expect(copies).toHaveLength(1);
  });

  test("GraphiQL's page lies beside the gateway, and is not read with it", () => {
    const { outputs } = functions.graphql!;
    const main = Object.values(outputs).find(({ entryPoint }) => entryPoint !== undefined)!;
    expect(Object.keys(main.inputs).join()).not.toContain("render-graphiql");
    expect(main.bytes).toBeLessThan(3_000_000);
  });

  test.each(ENTRY_NAMES)("%s starts, and says which setting it misses", async (entry) => {
    // Lambda's runtime gives its functions this.
    const runtime = "globalThis.awslambda = { streamifyResponse: (f) => f, HttpResponseStream: { from: () => {} } };";
    const file = path.join(code, entry, "index.mjs");
    const started = run(
      process.execPath,
      ["--input-type=module", "-e", `${runtime} await import(${JSON.stringify(file)});`],
      {
        env: { AWS_REGION: "us-east-1" },
      },
    );
    await expect(started).rejects.toThrow(/UNCLIP_\w+ is not set/);
  });
});

describe("the image", () => {
  test("has all that it needs, of what .dockerignore lets through", async () => {
    const context = mkdtempSync(path.join(tmpdir(), "unclip-context-"));
    const ignored = IgnoreStrategy.docker(ROOT, readFileSync(path.join(ROOT, ".dockerignore"), "utf8").split("\n"));
    for (const room of readdirSync(ROOT)) {
      const from = path.join(ROOT, room);
      if (ignored.ignores(from)) continue;
      cpSync(from, path.join(context, room), {
        recursive: true,
        filter: (file) => !ignored.ignores(file) && !file.endsWith(".onnx"),
      });
    }
    expect(readdirSync(context).sort()).toEqual(
      [".npmrc", "cdk", "functions", "infra", "models", "package-lock.json", "package.json", "tsconfig.json"].sort(),
    );
    expect(readdirSync(path.join(context, "functions"))).not.toContain("local");
    symlinkSync(path.join(ROOT, "node_modules"), path.join(context, "node_modules"));
    const out = path.join(context, "out");
    const step = [...["--import", "tsx"], "cdk/build-image.ts", out];
    await run(process.execPath, step, { cwd: context });
    for (const file of ["draw.js", "embed.js", "drain.js", "download-bundle.js", "worker.js", "isolated-process.js"]) {
      expect(existsSync(path.join(out, file)), file).toBe(true);
    }
    // Threads are started with it, so they must find it beside them.
    expect(JSON.parse(readFileSync(path.join(out, "package.json"), "utf8"))).toEqual({ type: "module" });
  }, 60_000);

  test("embeds a caption as it lies there, with packages for machine code only", async () => {
    const out = mkdtempSync(path.join(tmpdir(), "unclip-image-"));
    const metafile = await bundleWorkers(ROOT, out);
    const asked = new Set(
      Object.values(metafile.outputs).flatMap(({ imports }) =>
        imports.filter(({ external }) => external).map(({ path: name }) => name),
      ),
    );
    expect([...asked].filter((name) => !/^(node:)?[a-z_/0-9]+$/.test(name) || name === "sharp")).toEqual(
      expect.arrayContaining(["onnxruntime-node", "sharp"]),
    );
    symlinkSync(path.join(ROOT, "node_modules"), path.join(out, "node_modules"));
    const script = `
      const { handler } = await import(${JSON.stringify(path.join(out, "embed.js"))});
      const { vector } = await handler({ prompt: "a red apple" });
      console.log(Buffer.from(vector, "base64").length / 4);
      process.exit();`;
    const env = { UNCLIP_BUNDLE: path.join(ROOT, "test", "bundles", "tiny"), UNCLIP_LOG: "error" };
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script], { cwd: out, env });
    const { clip } = JSON.parse(readFileSync(path.join(ROOT, "test", "bundles", "tiny", "bundle.json"), "utf8"));
    expect(Number(stdout)).toBe(clip.dimensions);
  }, 60_000);

  test("ends by name where its provider does not work", async () => {
    const out = mkdtempSync(path.join(tmpdir(), "unclip-image-"));
    await bundleWorkers(ROOT, out);
    symlinkSync(path.join(ROOT, "node_modules"), path.join(out, "node_modules"));
    const env = {
      UNCLIP_BUNDLE: path.join(ROOT, "test", "bundles", "tiny"),
      UNCLIP_PROVIDER: "cuda",
      UNCLIP_TABLE: "none",
      UNCLIP_BUCKET: "none",
      UNCLIP_QUEUE: "http://127.0.0.1:9/none",
      AWS_REGION: "us-east-1",
    };
    const ended = await run(process.execPath, ["drain.js"], { cwd: out, env }).catch((error) => error);
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(/The execution provider \\"cuda\\" does not work here/);
  }, 60_000);
});
