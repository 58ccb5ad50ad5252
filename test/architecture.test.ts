import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { cyclesOf, grouped } from "./architecture/cycles.ts";
import { filesOf, importsOf } from "./architecture/imports.ts";
import { forbidden, type Manifest, undeclared } from "./architecture/rules.ts";
import { dialectIn, wordsOf } from "./architecture/vocabulary.ts";

const ROOT = path.resolve(import.meta.dirname, "..");
const ROOMS = ["models", "infra", "schema", "functions", "cdk", "test"];
const MAX_LINES = 250;

const read = (file: string) => readFileSync(path.join(ROOT, file), "utf8");
const manifest = (folder: string) => JSON.parse(read(path.join(folder, "package.json"))) as Manifest;
const sources = ROOMS.flatMap((room) => filesOf(ROOT, room, [".ts", ".tsx", ".mjs"])).map(
  (file) => [file, read(file)] as const,
);

const imported = new Map(
  sources.map(([file, source]) => {
    const files = importsOf(file, source).filter(
      ({ kind, target }) => kind === "file" && existsSync(path.join(ROOT, target)),
    );
    return [file, new Set(files.map(({ target }) => target))] as const;
  }),
);

/** The folder that holds one subject: "models/prior"; a file beside such folders stands for itself. */
function subjectOf(file: string): string {
  const parts = file.split("/");
  if (parts[0] === "cdk" || parts[0] === "test") return parts[0];
  // The ports store and send jobs, so they name the types of jobs.
  if (file === "infra/ports.ts") return "infra/jobs";
  return parts.slice(0, 2).join("/");
}

/** Each file that running this one loads, itself first. */
function filesBehind(file: string): string[] {
  const seen = new Set([file]);
  for (const one of seen) {
    for (const { kind, target, typeOnly } of importsOf(one, read(one))) {
      if (kind === "file" && !typeOnly) seen.add(target);
    }
  }
  return [...seen];
}

/** "file -> package" for every package that running this file loads. */
function packagesBehind(file: string): string[] {
  return filesBehind(file).flatMap((one) =>
    importsOf(one, read(one))
      .filter(({ kind, typeOnly }) => kind !== "file" && !typeOnly)
      .map(({ target }) => `${one} -> ${target}`),
  );
}

describe("the import graph", () => {
  test("covers the repository", () => {
    expect(sources.map(([file]) => file)).toEqual(
      expect.arrayContaining(["models/errors.ts", "test/architecture.test.ts"]),
    );
  });

  test("has no import that the table of rooms forbids", () => {
    expect(sources.flatMap(([file, source]) => forbidden(file, source))).toEqual([]);
  });

  test("has no cycle between files", () => {
    expect(cyclesOf(imported)).toEqual([]);
  });

  test("has no cycle between subjects", () => {
    expect(cyclesOf(grouped(imported, subjectOf))).toEqual([]);
  });

  test("imports only files that exist", () => {
    const broken = sources.flatMap(([file, source]) =>
      importsOf(file, source)
        .filter(({ kind, target }) => kind === "file" && !existsSync(path.join(ROOT, target)))
        .map(({ target }) => `${file} -> ${target}`),
    );
    expect(broken).toEqual([]);
  });

  test("declares every package it imports", () => {
    const root = manifest(".");
    // The Lambda functions and the worker image are bundled when unclip-cdk is built, so it declares the AWS SDK.
    const cdk = manifest("cdk");
    const withCdk = { ...root, devDependencies: { ...root.devDependencies, ...cdk.devDependencies, [cdk.name!]: "*" } };
    const manifestOf = (file: string) => {
      const [own] = /^(models\/training|test\/clients\/[^/]+)(?=\/)/.exec(file) ?? [];
      if (own !== undefined) return manifest(own);
      return /^(cdk|test|(infra|functions)\/aws)\//.test(file) ? withCdk : root;
    };
    const missing = sources.flatMap(([file, source]) => undeclared(file, source, manifestOf(file)));
    expect(missing).toEqual([]);
  });

  test("has one Python module that imports ONNX Runtime, which turns its telemetry off first", () => {
    const importing = /^\s*(import|from) onnxruntime\b/m;
    const files = ["models", "test"].flatMap((room) => filesOf(ROOT, room, [".py"]));
    expect(files.filter((file) => importing.test(read(file)))).toEqual(["models/training/onnx_runtime.py"]);
  });

  test("lets a browser load models/request.ts: no package, no module and no global of Node.js behind it", () => {
    expect(packagesBehind("models/request.ts")).toEqual([]);
    const globals = filesBehind("models/request.ts").filter((file) =>
      /\b(Buffer|process|require|__dirname)\b/.test(read(file)),
    );
    expect(globals).toEqual([]);
  });

  test.each(["graphql", "stream", "socket", "fanout", "webhook", "scaler", "sweeper", "dead-letter"])(
    "keeps the engine and local adapters out of functions/aws/%s.ts",
    (entry) => {
      const behind = packagesBehind(`functions/aws/${entry}.ts`).map((found) => found.slice(found.indexOf(" -> ") + 4));
      expect(behind).toContain("aws4");
      expect(behind.filter((name) => /^(onnxruntime-node|sharp|libsql|prom-client|tsx)$/.test(name))).toEqual([]);
    },
  );

  test(`has no file of more than ${MAX_LINES} lines`, () => {
    const lengths = ROOMS.flatMap((room) => filesOf(ROOT, room, [".ts", ".tsx", ".mjs", ".css", ".py"])).map(
      (file) => [file, read(file).trimEnd().split("\n").length] as const,
    );
    expect(lengths.filter(([, length]) => length > MAX_LINES)).toEqual([]);
  });
});

describe("names", () => {
  test("use the field's terms", () => {
    const python = ROOMS.flatMap((room) => filesOf(ROOT, room, [".py"])).map((file) => [file, read(file)] as const);
    const found = [...sources, ...python]
      .filter(([file]) => file !== "test/architecture/vocabulary.ts")
      .flatMap(([file, source]) => dialectIn(file, source).map((name) => `${file}: ${name}`));
    expect(found).toEqual([]);
  });

  test.each([
    ["lateCount", ["late", "count"]],
    ["late-count.ts", ["late", "count", "ts"]],
    ["JSONKeeper_x", ["json", "keeper", "x"]],
    ["template", ["template"]],
  ])("are split into words: %s", (name, words) => {
    expect(wordsOf(name)).toEqual(words);
  });

  test("count in code and paths, not in comments and strings", () => {
    expect(dialectIn("infra/late.ts", 'const toldAll = "keep"; // asked\nkeepAlive(`door`);')).toEqual([
      "toldAll",
      "late.ts",
    ]);
    expect(dialectIn("a/b.py", 'def tell(x):\n    """keep"""\n    # asked\n    return "told"')).toEqual(["tell"]);
  });
});

describe("the check for cycles", () => {
  const graph = (edges: Record<string, string[]>) =>
    new Map(Object.entries(edges).map(([node, targets]) => [node, new Set(targets)]));

  test("finds every group of nodes that reach each other, and no other", () => {
    expect(cyclesOf(graph({ a: ["b"], b: ["c"], c: ["a", "d"], d: ["e"], e: ["d"], f: ["a"] }))).toEqual([
      ["a", "b", "c"],
      ["d", "e"],
    ]);
    expect(cyclesOf(graph({ a: ["b", "c"], b: ["c"], c: [] }))).toEqual([]);
  });

  test("finds cycles between groups where the files have none", () => {
    const files = graph({ "x/a": ["y/a"], "y/b": ["x/b"], "y/a": [], "x/b": [] });
    expect(cyclesOf(files)).toEqual([]);
    expect(cyclesOf(grouped(files, (file) => file[0]!))).toEqual([["x", "y"]]);
  });
});

describe("the check of imports", () => {
  test.each([
    ["infra/jobs/jobs.ts", 'import { openUnclip } from "../../models/unclip.ts";', "models/unclip.ts"],
    ["infra/jobs/jobs.ts", 'import type { Unclip } from "../../models/unclip.ts";', "models/unclip.ts"],
    ["infra/ports.ts", 'import {\n  createApi,\n} from "../schema/index.ts";', "schema/index.ts"],
    ["infra/jobs/jobs.ts", 'export * from "../aws/queue.ts";', "infra/aws/queue.ts"],
    ["infra/aws/queue.ts", 'import "../local/queue.ts";', "infra/local/queue.ts"],
    [
      "schema/types/job.ts",
      'import { openUnclipInWorker } from "../../models/host/worker-client.ts";',
      "models/host/worker-client.ts",
    ],
    ["models/unclip.ts", 'import { env } from "../infra/config/env.ts";', "infra/config/env.ts"],
    ["models/unclip.ts", 'import x from "./training/data/text.mjs";', "models/training/data/text.mjs"],
    [
      "functions/aws/services.ts",
      'import { openUnclipInWorker } from "../../models/host/worker-client.ts";',
      "models/host/worker-client.ts",
    ],
    ["functions/aws/api-services.ts", 'import { openEngine } from "../engine.ts";', "functions/engine.ts"],
    ["functions/aws/api-services.ts", 'import { engineOf } from "./engine.ts";', "functions/aws/engine.ts"],
    ["functions/cli/main.ts", 'import { Tensor } from "../../models/tensor/tensor.ts";', "models/tensor/tensor.ts"],
    ["functions/local.ts", 'import { queue } from "../infra/aws/queue.ts";', "infra/aws/queue.ts"],
    ["functions/worker.ts", 'import { App } from "../cdk/app.ts";', "cdk/app.ts"],
    ["cdk/api.ts", 'import { jobs } from "../infra/jobs/jobs.ts";', "infra/jobs/jobs.ts"],
    ["cdk/data.ts", 'import { itemOf } from "../infra/aws/item.ts";', "infra/aws/item.ts"],
    ["cdk/bundle-info.ts", 'import { openBundle } from "../models/bundle/open.ts";', "models/bundle/open.ts"],
    ["infra/local/jobs.ts", 'import { S3Client } from "@aws-sdk/client-s3";', "@aws-sdk/client-s3"],
    ["models/decoder/decoder.ts", 'import ort from "onnxruntime-node";', "onnxruntime-node"],
    ["models/request.ts", 'import sharp from "sharp";', "sharp"],
    ["infra/jobs/job.ts", 'import { GraphQLError } from "graphql";', "graphql"],
    ["infra/aws/table.ts", 'import { Table } from "aws-cdk-lib/aws-dynamodb";', "aws-cdk-lib"],
    ["models/host/worker-client.ts", 'import http from "http";', "node:http"],
    [
      "models/host/worker-client.ts",
      `const url = ${"new URL"}("../../infra/worker.ts", import.meta.url);`,
      "infra/worker.ts",
    ],
    ["models/unclip.ts", `const sdk = await ${"import"}("@aws-sdk/client-s3");`, "@aws-sdk/client-s3"],
    ["functions/worker.ts", 'const key = process.env["KEY"];', "process.env"],
    ["cdk/app.ts", 'import { argv, env } from "node:process";', "process.env"],
  ])("sees that %s must not contain %s", (file, source, target) => {
    expect(forbidden(file, source)).toEqual([`${file} -> ${target}`]);
  });

  test.each([
    ["infra/jobs/jobs.ts", 'import { parseGenerate } from "../../models/request.ts";'],
    ["schema/types/job.ts", 'import { jobs } from "../infra/jobs/jobs.ts";\nimport SchemaBuilder from "@pothos/core";'],
    ["functions/engine.ts", 'import { openUnclipInWorker } from "../models/host/worker-client.ts";'],
    ["functions/local/start.ts", 'import { openEngine } from "../engine.ts";'],
    ["functions/aws/worker.ts", 'import { engineOf } from "./engine.ts";'],
    ["functions/cli/main.ts", 'import { openUnclipInWorker } from "../../models/host/worker-client.ts";'],
    ["functions/aws/worker.ts", 'import { queue } from "../../infra/aws/queue.ts";'],
    ["infra/aws/queue.ts", 'import { SQSClient } from "@aws-sdk/client-sqs";'],
    ["infra/config/env.ts", "export const folder = process.env.UNCLIP_HOME;"],
    ["cdk/data.ts", 'import { TABLE } from "../infra/aws/table.ts";'],
    ["cdk/bundle-info.ts", 'import { createInfo } from "../models/bundle/info.ts";'],
    ["infra/jobs/jobs.ts", '// import { x } from "../aws/queue.ts"; process.env\n/* import "sharp" */'],
    ["models/tensor/picture.ts", 'import sharp from "sharp";'],
    ["models/onnx/runtime.ts", 'const about = "https://onnxruntime.ai"; import ort from "onnxruntime-node";'],
  ])("lets %s contain %s", (file, source) => {
    expect(forbidden(file, source)).toEqual([]);
  });

  test("wants run-time packages among the dependencies, and lets tests and types use the others", () => {
    const declared = { dependencies: { sharp: "1" }, devDependencies: { vitest: "1", "@types/node": "1" } };
    const source = 'import sharp from "sharp";\nimport { test } from "vitest";\nimport x from "@left/pad/deep.js";';
    expect(undeclared("models/a.ts", source, declared)).toEqual(["models/a.ts -> vitest", "models/a.ts -> @left/pad"]);
    expect(undeclared("test/a.ts", source, declared)).toEqual(["test/a.ts -> @left/pad"]);
    expect(undeclared("models/a.ts", 'import type { T } from "vitest";', declared)).toEqual([]);
    expect(undeclared("models/a.ts", 'import type { T } from "node";', declared)).toEqual([]);
  });
});
