// The built code of the Lambda functions and the worker image: it is complete, it starts, and it is small.
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Metafile } from "esbuild";
import { beforeAll, describe, expect, test } from "vitest";
import { buildImage, buildLambdas } from "../../cdk/build-lambdas.ts";
import { ENTRY_NAMES } from "../../cdk/lambda-entries.ts";
import { ROOT } from "../support/cdk/synth.ts";

const run = promisify(execFile);
const contentsOf = ({ inputs }: { readonly inputs: object }) =>
  new Set(Object.keys(inputs).map((file) => /^node_modules\/((@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? file));

let code: string;
let functions: Record<string, Metafile>;

beforeAll(async () => {
  code = mkdtempSync(path.join(tmpdir(), "unclip-lambdas-"));
  functions = await buildLambdas(ROOT, code);
}, 120_000);

describe("the code of a function", () => {
  test.each(ENTRY_NAMES)("%s contains neither ONNX Runtime nor the CDK nor weights", (entry) => {
    const contents = contentsOf(functions[entry]!);
    for (const heavy of ["onnxruntime-node", "sharp", "libsql", "aws-cdk-lib", "esbuild", "tsx"]) {
      expect(contents, heavy).not.toContain(heavy);
    }
    expect([...contents].filter((file) => /^(models\/(onnx|host|bundles)|cdk|test)\//.test(file))).toEqual([]);
  });

  test.each(["sweeper", "dead-letter", "webhook"])("%s loads no client of the SDK before it needs one", (entry) => {
    const { outputs } = functions[entry]!;
    const loaded = new Set<string>();
    const load = ({ inputs, imports }: (typeof outputs)[string]): void => {
      for (const name of contentsOf({ inputs })) loaded.add(name);
      for (const { kind, path: file } of imports) if (kind === "import-statement" && outputs[file]) load(outputs[file]);
    };
    load(Object.values(outputs).find(({ entryPoint }) => entryPoint === `functions/aws/${entry}.ts`)!);
    expect(loaded).toContain("pino");
    expect([...loaded].filter((name) => name.startsWith("@aws-sdk/"))).toEqual([]);
  });

  test("contains the package graphql once, because it rejects types of another copy", () => {
    const copies = Object.keys(functions.graphql!.inputs).filter((file) => /\/graphql\/graphql\.m?js$/.test(file));
    expect(copies).toHaveLength(1);
  });

  test("has GraphiQL's page in a file of its own, loaded on demand", () => {
    const { outputs } = functions.graphql!;
    const main = Object.values(outputs).find(({ entryPoint }) => entryPoint !== undefined)!;
    expect(Object.keys(main.inputs).join()).not.toContain("render-graphiql");
    expect(main.bytes).toBeLessThan(3_000_000);
  });

  test.each(ENTRY_NAMES)("%s starts, and names the missing setting", async (entry) => {
    // Lambda's runtime provides this global.
    const runtime = "globalThis.awslambda = { streamifyResponse: (f) => f, HttpResponseStream: { from: () => {} } };";
    const file = path.join(code, entry, `${entry}.mjs`);
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

describe("the worker image", () => {
  test("has a build context with the code of every entry, the Dockerfile and a lock file, and nothing else", async () => {
    const out = mkdtempSync(path.join(tmpdir(), "unclip-image-"));
    await buildImage(ROOT, out);
    const entries = ["draw", "embed", "drain", "download-bundle", "copy-clip", "worker", "isolated-process"];
    const code = entries.map((entry) => `${entry}.js`);
    expect(readdirSync(out).sort()).toEqual(
      ["Dockerfile", "cuda-provider.txt", "package.json", "package-lock.json", ...code].sort(),
    );
    // Node.js reads the type of every file from it, also in the threads and processes that the engine starts.
    expect(JSON.parse(readFileSync(path.join(out, "package.json"), "utf8"))).toMatchObject({ type: "module" });
  }, 60_000);

  // To update: cp package-lock.json functions/aws/image && cd functions/aws/image && npm install --package-lock-only
  test("installs the versions of its packages that the tests run with", () => {
    const read = (...file: string[]) => JSON.parse(readFileSync(path.join(ROOT, ...file), "utf8"));
    const { dependencies } = read("functions", "aws", "image", "package.json");
    const root = read("package.json").dependencies;
    const provider = readFileSync(path.join(ROOT, "functions", "aws", "image", "cuda-provider.txt"), "utf8");
    expect(provider).toContain(`onnxruntime-gpu==${dependencies["onnxruntime-node"]} --hash=sha256:`);
    expect(Object.keys(dependencies)).toEqual(["onnxruntime-node", "sharp"]);
    const own = read("functions", "aws", "image", "package-lock.json").packages;
    const tested = read("package-lock.json").packages;
    for (const name of Object.keys(dependencies)) expect(dependencies[name], name).toBe(root[name]);
    for (const name of Object.keys(own).filter((one) => one !== "")) {
      expect(own[name].version, name).toBe(tested[name]?.version);
    }
  });

  test("embeds a caption, with no package beside it but those with native code", async () => {
    const out = mkdtempSync(path.join(tmpdir(), "unclip-image-"));
    const metafile = await buildImage(ROOT, out);
    const imported = new Set(
      Object.values(metafile.outputs).flatMap(({ imports }) =>
        imports.filter(({ external }) => external).map(({ path: name }) => name),
      ),
    );
    expect([...imported].filter((name) => !/^(node:)?[a-z_/0-9]+$/.test(name) || name === "sharp")).toEqual(
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

  test("exits and names the execution provider that does not work", async () => {
    const out = mkdtempSync(path.join(tmpdir(), "unclip-image-"));
    await buildImage(ROOT, out);
    symlinkSync(path.join(ROOT, "node_modules"), path.join(out, "node_modules"));
    const env = {
      UNCLIP_BUNDLE: path.join(ROOT, "test", "bundles", "tiny"),
      UNCLIP_PROVIDER: "cuda",
      UNCLIP_TABLE: "none",
      UNCLIP_BUCKET: "none",
      UNCLIP_QUEUE: "http://127.0.0.1:9/none",
      AWS_REGION: "us-east-1",
    };
    const failure = await run(process.execPath, ["drain.js"], { cwd: out, env }).catch((error) => error);
    expect(failure.code).toBe(1);
    expect(failure.stdout).toMatch(/The execution provider \\"cuda\\" does not work here/);
  }, 60_000);
});
