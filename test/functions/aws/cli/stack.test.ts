// unclip-aws stack: a deployed function throws, and its stack trace leads to the source.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeAll, expect, test } from "vitest";
import { buildLambdas } from "../../../../cdk/build-lambdas.ts";
import { translateStacks } from "../../../../functions/aws/cli/stack.ts";
import { ROOT } from "../../../support/cdk/synth.ts";

/** What Node.js prints when a function starts without its settings, with the paths of Lambda. */
let trace: string;
let maps: string;

beforeAll(async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "unclip-maps-"));
  const code = path.join(folder, "lambda");
  maps = path.join(folder, "maps");
  await buildLambdas(ROOT, code, maps);
  const { stderr } = spawnSync(process.execPath, [path.join(code, "sweeper", "sweeper.mjs")], {
    encoding: "utf8",
    env: {},
  });
  trace = stderr.slice(stderr.indexOf("ConfigError")).replaceAll(path.join(code, "sweeper"), "/var/task");
  expect(trace).toMatch(/at .*\/var\/task\/[\w-]+\.mjs:\d+:\d+/);
}, 120_000);

const open = (file: string) => new SourceMap(JSON.parse(readFileSync(path.join(maps, `${file}.map`), "utf8")));

test("positions in minified code become positions in the source", () => {
  const { text, unknown } = translateStacks(trace, open);
  expect(text).toMatch(/ConfigError: UNCLIP_\w+ is not set/);
  expect(text).toMatch(/at .*\(?infra\/config\/env\.ts:\d+:\d+/);
  expect(text).toMatch(/at .*\(?functions\/aws\/sweeper\.ts:\d+:\d+/);
  expect(text).not.toContain("/var/task");
  expect(unknown.size).toBe(0);
});

test("a stack inside a line of JSON is put on lines of its own; other lines stay as they are", () => {
  const [first, , second] = ["a plain line \\n", "", "another"];
  const { text } = translateStacks([first, JSON.stringify({ err: { stack: trace } }), second].join("\n"), open);
  const lines = text.split("\n");
  expect([lines[0], lines.at(-1)]).toEqual([first, second]);
  expect(lines.filter((line) => /^ {4}at /.test(line)).length).toBeGreaterThan(3);
});

test("code of another version is named, and its position kept", () => {
  const other = "    at x (file:///var/task/chunk-OLDOLDOL.mjs:3:14)";
  expect(translateStacks(other, () => undefined)).toEqual({ text: other, unknown: new Set(["chunk-OLDOLDOL.mjs"]) });
});

test("source maps lie beside the code, not in it, and hold no source text", () => {
  const deployed = readdirSync(path.join(maps, "..", "lambda"), { recursive: true, encoding: "utf8" });
  expect(deployed.filter((file) => file.endsWith(".map"))).toEqual([]);
  expect(JSON.parse(readFileSync(path.join(maps, "graphql.mjs.map"), "utf8")).sourcesContent).toBeUndefined();
});
