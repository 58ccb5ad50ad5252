// The pages of the guide that need no package, followed in an empty folder. test/clients/pages.test.ts follows the others.
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { stepsOf } from "../support/docs/follow-page.ts";
import { followGuide } from "../support/docs/guide.ts";
import { dataFolder } from "../support/local/temporary-folder.ts";

const MATCH = /\{"score":-?0\.\d+,"picture":\{"url":"http[^"]+"\},"job":\{"id":"\w+","kind":"[A-Z]+"\}\}/.source;

/** [page, what each command prints, the pictures that it leaves] */
const PAGES: readonly [string, readonly RegExp[], readonly string[]][] = [
  [
    "curl",
    [
      /"__typename":"Queued","seq":1\b[\s\S]*"__typename":"Succeeded"[\s\S]*"url":"http[\s\S]*event: complete/,
      /^\{"data":\{"job":\{"status":"SUCCEEDED"\}\}\}\n$/,
      new RegExp(`^\\{"data":\\{"search":\\[${MATCH},${MATCH}\\]\\}\\}`),
      /^\{"data":\{"frog":-?0\.\d+,"apple":-?0\.\d+,"embed":\{"clip":"\w+","vector":\[(-?\d[^,]*,){15}[^,]+\]\}\}\}/,
    ],
    ["frog.png"],
  ],
  [
    "fetch",
    [
      /^apple-0.png\napple-1.png\n$/,
      /^SUCCEEDED 2\n$/,
      /^one job: true\nIDEMPOTENCY_CONFLICT false\nINVALID_INPUT count "count" must be [^\n]+\n$/,
    ],
    ["apple-0.png", "apple-1.png"],
  ],
];

function emptyFolder() {
  const folder = dataFolder();
  const run = (command: string, ...args: string[]) => promisify(execFile)(command, args, { cwd: folder });
  return { folder, run };
}

/** Several programs, one after another. */
const TIMEOUT = 120_000;

test.each(PAGES)("%s", { timeout: TIMEOUT }, async (page, expected, pictures) => {
  const { folder, run } = emptyFolder();
  const printed = await followGuide(stepsOf(`docs/guide/apps/${page}.md`), { folder, run });
  expect(printed).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
  const written = readdirSync(folder).filter((name) => name.endsWith(".png") && name !== "photo.png");
  expect(written.sort()).toEqual(pictures);
  for (const name of written) expect(readFileSync(path.join(folder, name)).toString("latin1", 1, 4)).toBe("PNG");
});

test("the requests of README.md draw a picture and follow it", { timeout: TIMEOUT }, async () => {
  const requests = stepsOf("README.md").filter((step) => step.kind === "command" && step.code.includes("graphql"));
  expect(await followGuide(requests, emptyFolder())).toEqual([
    expect.stringMatching(/"PictureReady","picture":\{"url":"http[\s\S]*"Succeeded"[\s\S]*event: complete/),
  ]);
});
