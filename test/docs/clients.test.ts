// docs/guide/clients.md promises that its code runs. Each block runs as a process of its own, as a reader would run it.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it, test } from "vitest";
import type { Running } from "../../functions/local/start.ts";
import { encodePng } from "../../models/tensor/picture.ts";
import { zeros } from "../../models/tensor/tensor.ts";
import { freePort } from "../support/listen.ts";
import { startOn } from "../support/local/start.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const TEXT = readFileSync(path.join(ROOT, "docs/guide/clients.md"), "utf8");
const TIMEOUT = 120_000;

type Block = { readonly heading: string; readonly language: string; readonly code: string };

const BLOCKS: readonly Block[] = TEXT.split(/^## /m).flatMap((section) => {
  const heading = section.slice(0, section.indexOf("\n"));
  return [...section.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, code]) => {
    return { heading, language: language!, code: code! };
  });
});

/** The expected output of each block, in order. */
const SAYS: readonly RegExp[] = [
  /"__typename":"Queued","seq":1\b[\s\S]*"__typename":"Succeeded"[\s\S]*"url":"http[\s\S]*event: complete/,
  /^\{"data":\{"job":\{"status":"SUCCEEDED"\}\}\}\n$/,
  /^Queued \nStarted \n(Progress \S+\n)+[\s\S]*PictureReady http\S+\nPictureReady http\S+\nSucceeded \n$/,
  /^SUCCEEDED 2\n$/,
  /^\{"data":\{"search":\[(\{"score":-?0\.\d+,"picture":\{"url":"http[^"]+"\},"job":\{"id":"\w+","kind":"[A-Z]+"\}\},?){3}\]\}\}/,
  /^one job: true\nIDEMPOTENCY_CONFLICT false\nINVALID_INPUT count "count" must be [^\n]+\n$/,
  /^job\.succeeded http:\/\/\S+\n$/,
];

let folder: string;
let service: Running;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "unclip-docs-"));
  await symlink(path.join(ROOT, "node_modules"), path.join(folder, "node_modules"));
  await writeFile(path.join(folder, "photo.png"), await encodePng(zeros([1, 3, 64, 64])));
  service = await startOn(path.join(folder, "data"), { webhookNetworks: "loopback" });
});

afterAll(async () => {
  await service.close();
  await rm(folder, { recursive: true });
});

test("there is an expectation for every block", () => {
  expect(BLOCKS).toHaveLength(SAYS.length);
});

it.each(BLOCKS.map(({ heading, ...block }, i) => [heading, i, block] as const))(
  "%s (block %i)",
  async (_, i, { language, code }) => {
    const here = code
      .replaceAll("127.0.0.1:4000", new URL(service.url).host)
      .replaceAll("3000", String(await freePort()));
    const file = path.join(folder, language === "sh" ? "block.sh" : "block.mjs");
    await writeFile(file, here);
    const command = { sh: "bash", js: process.execPath }[language]!;
    const { stdout, stderr } = await promisify(execFile)(command, [file], { cwd: folder, timeout: TIMEOUT });
    expect(stderr).toBe("");
    expect(stdout).toMatch(SAYS[i]!);
  },
  TIMEOUT,
);

test("the pictures they wrote are pictures", async () => {
  const written = (await readdir(folder)).filter((name) => /^(frog|variation-\d)\.png$/.test(name));
  expect(written.sort()).toEqual(["frog.png", "variation-0.png", "variation-1.png"]);
  for (const name of written) {
    expect((await readFile(path.join(folder, name))).toString("latin1", 1, 4)).toBe("PNG");
  }
});
