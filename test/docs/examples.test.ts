// The examples that call a service, run as a reader would run them.
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Running } from "../../functions/local/start.ts";
import { startOn } from "../support/local/start.ts";

const EXAMPLES = path.resolve(import.meta.dirname, "../../examples");
const run = promisify(execFile);

let folder: string;
let service: Running;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "unclip-examples-"));
  service = await startOn(path.join(folder, "data"));
});

afterAll(async () => {
  await service.close();
  await rm(folder, { recursive: true });
});

test("follow-job.mjs prints every event in order and downloads the pictures", async () => {
  const api = new URL("/graphql", service.url).href;
  const { stdout } = await run(process.execPath, [path.join(EXAMPLES, "follow-job.mjs"), "a green frog", api], {
    cwd: folder,
  });
  const events = stdout.trim().split("\n");
  expect(events.map((line) => Number(line.split(" ")[0]))).toEqual(events.map((_, i) => i + 1));
  expect(events.at(0)).toMatch(/Queued/);
  expect(events.at(-1)).toMatch(/Succeeded/);
  expect(await readdir(folder)).toEqual(expect.arrayContaining(["picture-0.png", "picture-1.png"]));
});

test("client.mjs reports what the service refuses", async () => {
  const { submit, follow } = await import(path.join(EXAMPLES, "client.mjs"));
  const api = new URL("/graphql", service.url).href;
  await expect(submit(api, { prompt: "a frog", count: 99 })).rejects.toThrow('"count" must be');
  await expect(follow(api, "none").next()).rejects.toThrow(/job/);
});
