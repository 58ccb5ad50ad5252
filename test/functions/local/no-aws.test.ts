// The local server and the command line load no AWS SDK.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startServer } from "../../support/local/process.ts";

const run = promisify(execFile);
const WATCH = ["--import", "./test/support/local/loaded.mjs"];
const AWS = /\/node_modules\/@(aws-sdk|smithy|aws-crypto)\/|\/(functions|infra)\/aws\//;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "unclip-loaded-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const file = () => path.join(folder, "loaded.json");
const loaded = async (): Promise<string[]> => JSON.parse(await readFile(file(), "utf8"));

/** Expects `own` among the modules, so that an empty list does not pass. */
function expectNoAws(modules: string[], own: string): void {
  expect(modules).toContainEqual(expect.stringMatching(own));
  expect(modules.filter((module) => AWS.test(module))).toEqual([]);
}

test("npm start loads no AWS package", { timeout: 60_000 }, async () => {
  const server = await startServer({ folder, node: WATCH, env: { LOADED: file() } });
  await server.runQuery('mutation { generate(input: { prompt: "a red apple", size: 64 }) { ... on Job { id } } }');
  await server.runQuery('{ search(text: "apple") { score } viewer { webhookSecret } }');
  await server.end("SIGTERM");
  expectNoAws(await loaded(), "functions/local/start.ts");
});

test("unclip generate loads no AWS package", { timeout: 60_000 }, async () => {
  const words = ["generate", "a red apple", "--bundle", "test/bundles/tiny", "--size", "64", "--out", folder];
  const env = { ...process.env, LOADED: file() };
  await run(process.execPath, [...WATCH, "--import", "tsx", "functions/cli/main.ts", ...words], { env });
  expectNoAws(await loaded(), "functions/cli/commands/generate.ts");
});

test("the check detects code that loads an AWS package", { timeout: 60_000 }, async () => {
  const env = { ...process.env, LOADED: file() };
  await run(process.execPath, [...WATCH, "--import", "tsx", "infra/aws/clients/s3.ts"], { env });
  const modules = await loaded();
  expect(modules.filter((module) => AWS.test(module)).length).toBeGreaterThan(2);
});
