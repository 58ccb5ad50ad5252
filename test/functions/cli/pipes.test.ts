// Pictures and captions through pipes, many captions in one run, and the desktop's viewer: as processes.
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { readProvenance } from "../../../models/metadata/files.ts";
import { emptyFolder, ended, QUICK, start } from "../../support/cli/unclip.ts";
import { TINY } from "../../support/models/tiny-bundle.ts";

const TIMEOUT = 180_000;
const folderOfTest = () => emptyFolder(onTestFinished);

/** Runs the command with these bytes as its standard input. */
async function piped(folder: string, input: string | Uint8Array, ...args: string[]) {
  const child = start(folder, args);
  const out: Buffer[] = [];
  child.stdout?.on("data", (bytes: Buffer) => out.push(bytes));
  child.stdin?.end(input);
  return { ...(await ended(child)), bytes: new Uint8Array(Buffer.concat(out)) };
}

it(
  "- is standard input for captions and pictures, and standard output for one picture or animation",
  async () => {
    const folder = await folderOfTest();
    const drawn = await piped(folder, "a red apple\n", "generate", "-", ...QUICK, "--seed", "7", "--out", "-");
    expect(drawn.stderr).toMatch(/^1 picture in .* seed 7/);
    expect(readProvenance(drawn.bytes)?.request).toMatchObject({ prompt: "a red apple", seed: 7 });
    const animated = ["interpolate", "-", "a cat", ...QUICK, "--frames", "2", "--animate", "gif", "--out", "-"];
    const { bytes } = await piped(folder, drawn.bytes, ...animated);
    expect(readProvenance(bytes)).toMatchObject({ verb: "interpolate", request: { frames: 2 } });
    expect(Buffer.from(bytes).toString("latin1", 0, 3)).toBe("GIF");
    const { stdout } = await piped(folder, bytes, "info", "-");
    expect(stdout).toContain("\ncommand     interpolate\n");
    expect(await readdir(folder)).toEqual([]);
    const empty = await piped(folder, "", "variations", "-", ...QUICK);
    expect([empty.code, empty.stderr]).toEqual([2, "unclip: - reads a picture from standard input, which is empty\n"]);
  },
  TIMEOUT,
);

it(
  "--mix takes a picture, a caption and an embedding, each with its weight",
  async () => {
    const folder = await folderOfTest();
    await piped(folder, "", "generate", "a cat", ...QUICK, "--seed", "7", "--out", "a.png");
    const { stdout } = await piped(folder, "", "embed", "a.png", "--json", "--bundle", TINY);
    await writeFile(join(folder, "cat.json"), stdout);
    const mix = ["--mix", "a.png=0.5", "--mix", "a=b", "--mix", "cat.json=2", "--weight", "0.25"];
    const more = ["--embedding-noise", "0.1", "--negative-prompt", "a dog", "--out", "b.png"];
    const { code } = await piped(folder, "", "generate", "a cat", ...QUICK, ...mix, ...more);
    expect(code).toBe(0);
    const sha256 = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(readProvenance(await readFile(join(folder, "b.png")))?.request).toMatchObject({
      mix: [{ image: { sha256 }, weight: 0.5 }, { prompt: "a=b" }, { embedding: { sha256 }, weight: 2 }],
      weight: 0.25,
      embeddingNoise: 0.1,
      negativePrompt: "a dog",
    });
    const info = await piped(folder, "", "info", "b.png");
    expect(info.stdout).toContain("--negative-prompt 'a dog' --mix PICTURE=0.5 --mix a=b --mix EMBEDDING.json=2\n");
    const wrong = await piped(folder, "", "generate", "a cat", ...QUICK, "--mix", "cat.json=-1", "--mix", "a=101");
    expect([wrong.code, wrong.stderr]).toEqual([2, "unclip: --mix 2 must be a number from 0 to 100, not 101\n"]);
  },
  TIMEOUT,
);

it(
  "ends quietly when its reader is gone",
  async () => {
    const child = start(await folderOfTest(), ["embed", "a cat", "--bundle", TINY]);
    child.stdout?.destroy();
    expect(await ended(child)).toMatchObject({ stderr: "" });
  },
  TIMEOUT,
);

it(
  "--file draws each line, into a folder that it makes, and names the line of an error before it draws any",
  async () => {
    const folder = await folderOfTest();
    await writeFile(join(folder, "captions.txt"), "a dog\r\n\n  a dog\nblorp\n");
    const args = ["generate", "--file", "captions.txt", ...QUICK, "--seed", "7", "--out", "new/pictures/"];
    const { code, stdout, stderr } = await piped(folder, "", ...args);
    expect([code, stdout.split("\n")]).toEqual([
      0,
      ["a-dog", "a-dog_2", "blorp"].map((b) => `new/pictures/${b}.png`).concat(""),
    ]);
    expect(stderr.split("\n").map((line) => line.split(":")[0])).toEqual(["line 1", "line 3", "line 4", ""]);
    const json = await piped(folder, "a cat", "generate", "--file", "-", ...QUICK, "--json", "--quiet");
    expect(JSON.parse(json.stdout)).toMatchObject({ results: [{ pictures: [{ path: "a-cat.png" }] }] });
    expect(json.stderr).toBe("");
    const long = await piped(folder, `a frog\n${"a".repeat(1001)}`, "generate", "--file", "-", ...QUICK);
    expect(long.code).toBe(2);
    expect(long.stderr).toBe("unclip: line 2: the caption must have at most 1000 characters, not 1001\n");
    expect((await readdir(folder)).sort()).toEqual(["a-cat.png", "captions.txt", "new"]);
  },
  TIMEOUT,
);

it(
  "--open gives the sheet of several pictures to the desktop's viewer, and warns where there is none",
  async () => {
    const folder = await folderOfTest();
    const bin = join(folder, "bin");
    await mkdir(bin);
    const name = process.platform === "darwin" ? "open" : "xdg-open";
    await writeFile(join(bin, name), `#!/bin/sh\nprintf '%s' "$1" > ${join(folder, "opened")}\n`);
    await chmod(join(bin, name), 0o755);
    const args = ["generate", "a cat", ...QUICK, "--count", "2", "--out", "a.png", "--open"];
    const opened = await ended(start(folder, args, { env: { PATH: `${bin}${delimiter}${process.env.PATH}` } }));
    expect(opened.code).toBe(0);
    await expect.poll(() => readFile(join(folder, "opened"), "utf8").catch(() => "")).toBe(join(folder, "a-sheet.png"));
    const none = await ended(start(folder, args, { env: { PATH: folder } }));
    expect([none.code, none.stderr]).toEqual([
      0,
      expect.stringContaining("--open: this machine has no command to open"),
    ]);
  },
  TIMEOUT,
);
