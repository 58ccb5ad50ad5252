// Runs the code that the studio shows, against a server.
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Running } from "../../../functions/local/start.ts";
import { LANGUAGES, snippet } from "../../../functions/studio/code/languages.ts";
import { startProxy } from "../../support/cli/proxy.ts";
import { unclip } from "../../support/cli/unclip.ts";
import { startOn } from "../../support/local/start.ts";

const run = promisify(execFile);
const SMALL = { size: 64, preset: "DRAFT", seed: 7 };
const generate = {
  verb: "generate",
  input: {
    prompt: "a 'red' apple",
    count: 2,
    ...SMALL,
    sampler: "DPM_SOLVER_PP",
    priorSteps: 2,
    literal: true,
    mix: [{ prompt: "a frog", weight: 0.5 }],
  },
} as const;
const interpolate = {
  verb: "interpolate",
  input: { between: [{ prompt: "an apple" }, { prompt: "a frog" }], frames: 3, animate: "WEBP", ...SMALL },
} as const;

let folder: string;
let server: Running;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unclip-snippets-"));
  server = await startOn(join(folder, "data"));
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const place = (hasKey = false) => ({ origin: server.url, streamUrl: `${server.url}/graphql`, hasKey });
const urls = (stdout: string) => stdout.match(/http:\S+\/blobs\/[^\s"]+/g) ?? [];

async function execute(id: string, submission: typeof generate | typeof interpolate, at = place()): Promise<string> {
  const text = snippet(id, submission, at);
  const [command, file]: [string, string] =
    id === "curl" ? ["bash", "code.sh"] : id === "python" ? ["python3", "code.py"] : [process.execPath, "code.mjs"];
  await writeFile(join(folder, file), text);
  return (await run(command, [file], { cwd: folder })).stdout;
}

describe.each(["curl", "fetch", "python"])("the code for %s", (id) => {
  test.each([
    [generate, 2],
    [interpolate, 3],
  ] as const)("draws %j", async (submission, count) => {
    const found = urls(await execute(id, submission));
    expect(new Set(found).size).toBe(count);
    expect((await fetch(found[0]!)).headers.get("content-type")).toBe("image/png");
  });
});

test.each(["curl", "fetch", "python"])(
  "the code for %s draws where streams have a path of their own, as on AWS",
  async (id) => {
    const origin = await startProxy(server.url, () => "passed", { separateStreams: true });
    const at = { origin, streamUrl: `${origin}/graphql/stream`, hasKey: false };
    expect(new Set(urls(await execute(id, generate, at))).size).toBe(2);
  },
);

test("the command line draws the same request", async () => {
  const words = snippet("cli", generate, place());
  const [, ...args] = words.replaceAll("\\\n", " ").match(/'(?:[^']|'\\'')*'|\S+/g)!;
  const plain = args.map((word) => word.replace(/^'|'$/g, "").replaceAll("'\\''", "'"));
  const { code, stderr } = await unclip(folder, ...plain);
  expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
  expect((await readdir(folder)).filter((name) => name.endsWith(".png"))).not.toEqual([]);
});

test("a key is taken from the environment, never written into the code", () => {
  for (const { id } of LANGUAGES) expect(snippet(id, generate, place(true))).toContain("UNCLIP_KEY");
});
