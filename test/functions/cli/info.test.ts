// What `info` prints of a file that anybody may have written, and of the words of a model.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { pictureInfo } from "../../../functions/cli/info/picture.ts";
import { run } from "../../../functions/cli/run.ts";
import { writeProvenance } from "../../../models/metadata/files.ts";
import type { Provenance } from "../../../models/metadata/provenance.ts";
import { encodePng } from "../../../models/tensor/picture.ts";
import { zeros } from "../../../models/tensor/tensor.ts";
import { emptyFolder } from "../../support/cli/unclip.ts";
import { TINY } from "../../support/models/tiny-bundle.ts";

const record: Provenance = { version: "9", model: { name: "m", version: "1" }, verb: "generate", request: {} };
const { signal } = new AbortController();

async function linesFor(change: Partial<Provenance>): Promise<readonly string[]> {
  const path = join(await emptyFolder(onTestFinished), "a.png");
  await writeFile(path, writeProvenance(await encodePng(zeros([1, 3, 8, 8])), { ...record, ...change }));
  return (await pictureInfo(path)).lines;
}

it("prints no control characters, and a command that a shell takes as words", async () => {
  const prompt = "\u001b]0;title\u0007 a\u202eb'; rm -rf $HOME `id` \u009b31m";
  const lines = await linesFor({ request: { prompt, "x\u001b": ["\u001b[2J", { deep: [null] }] } });
  for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\u202e]/u);
  expect(lines.at(-1)).toBe(
    "again       unclip generate '\ufffd]0;title\ufffd a\ufffdb'\\''; rm -rf $HOME `id` \ufffd31m'",
  );
});

it("prints a record of another version, whose fields it does not know", async () => {
  expect(await linesFor({ request: { seed: 7, between: "odd", image: 3, future: { a: 1 }, literal: true } })).toEqual([
    "command     generate",
    "seed        7",
    'future      {"a":1}',
    "literal     true",
    "picture     3",
    "model       m 1",
    "software    unclip 9",
    "again       unclip generate PICTURE --seed 7 --literal",
  ]);
});

it("--words prints the styles, backgrounds and words of picto, and refuses for a model without a list", async () => {
  const { text } = await run(["info", "--words"], signal);
  expect(text).toMatch(/^style +3d, flat, noto, /);
  expect(text).toMatch(/\nbackground +white, black, /);
  expect(text).toMatch(/\nrelations +to the left of, /);
  expect(text).toMatch(/\nconcepts +grinning face 😀, /);
  expect(text).toMatch(/\nwords +a abacus /);
  for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  const tiny = run(["info", "--words", "--bundle", TINY], signal);
  await expect(tiny).rejects.toThrow("the model tiny has no list of words");
  await expect(run(["info", "a.png", "--words"], signal)).rejects.toThrow("--words is for a model, and a.png is a pic");
});
