// Each process takes seconds on a busy machine, so each test checks several things.
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { encodePng } from "../../../models/tensor/picture.ts";
import { zeros } from "../../../models/tensor/tensor.ts";
import { emptyFolder, ended, QUICK, start, unclip } from "../../support/cli/unclip.ts";
import { copyOfTiny, poisonedTiny, TINY } from "../../support/models/tiny-bundle.ts";

const TIMEOUT = 180_000;
const caption = "a red apple";
const folderOfTest = () => emptyFolder(onTestFinished);

async function sideOf(path: string): Promise<number[]> {
  const bytes = await readFile(path);
  expect(bytes.subarray(1, 4).toString()).toBe("PNG");
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
}

describe("unclip generate", { timeout: TIMEOUT }, () => {
  it("writes the file named by --out, and the same bytes for the same seed", async () => {
    const folder = await folderOfTest();
    const args = ["generate", caption, ...QUICK, "--size", "256", "--seed", "7", "--out", "apple.png"];
    // Of a pipe, standard output has only the paths; the seed is on standard error, so that it is never lost.
    const stderr = expect.stringMatching(/^1 picture in \d+\.\d s, seed 7, score -?0\.\d{3}\n$/);
    expect(await unclip(folder, ...args)).toEqual({ code: 0, stdout: "apple.png\n", stderr });
    expect(await sideOf(join(folder, "apple.png"))).toEqual([256, 256]);
    const first = await readFile(join(folder, "apple.png"));
    await writeFile(join(folder, "apple.png"), "to be overwritten");
    expect(await unclip(folder, ...args, "--quiet")).toEqual({ code: 0, stdout: "apple.png\n", stderr: "" });
    expect(await readFile(join(folder, "apple.png"))).toEqual(first);
    expect(await readdir(folder)).toEqual(["apple.png"]);

    const { stdout, code } = await unclip(folder, "info", "apple.png");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^caption +a red apple\ncommand +generate\n(.*\n)*model +tiny 1\.0\.0\nsoftware +unclip \d/);
    const again = "unclip generate 'a red apple' --size 256 --seed 7 --preset draft --steps 3";
    expect(stdout.endsWith(`\nagain       ${again}\n`)).toBe(true);
  });

  it("writes batches whose picture k equals the single picture of its seed, and reports all with --json", async () => {
    const folder = await folderOfTest();
    const long = `${"apple ".repeat(40)}pear`;
    const rest = [...QUICK, "--prior", "autoregressive", "--json"];
    const batch = await unclip(folder, "generate", long, ...rest, "--seed", "7", "--count", "3", "-o", "a.png");
    expect(batch.code).toBe(0);
    expect(batch.stderr).toMatch(
      /^unclip: warning: .*it did not see ".*pear"\n3 pictures in .* s, seeds 7 to 9, scores .*\n$/,
    );
    const [line, ...more] = batch.stdout.trimEnd().split("\n");
    expect(more).toEqual([]);
    const score = expect.any(Number);
    expect(JSON.parse(line!)).toEqual({
      bundle: { name: "tiny", version: "1.0.0" },
      pictures: [1, 2, 3].map((k) => ({ path: `a-${k}.png`, size: 64, seed: 6 + k, score })),
      sheet: "a-sheet.png",
      warnings: [{ code: "CAPTION_CUT", message: expect.any(String) }],
      timings: expect.arrayContaining([{ stage: "decoder", milliseconds: expect.any(Number) }]),
      milliseconds: expect.any(Number),
    });
    expect((await sideOf(join(folder, "a-sheet.png")))[0]).toBeGreaterThan(64);
    const single = await unclip(folder, "generate", long, ...rest, "--seed", "9", "-o", "b");
    expect(JSON.parse(single.stdout).pictures[0].path).toBe("b.png");
    expect(await readFile(join(folder, "b.png"))).toEqual(await readFile(join(folder, "a-3.png")));
    expect(await readdir(folder)).toEqual(["a-1.png", "a-2.png", "a-3.png", "a-sheet.png", "b.png"]);
  });

  it("derives a file name from the caption and does not overwrite files with it", async () => {
    const folder = await folderOfTest();
    await writeFile(join(folder, "a-red-apple.png"), "existing file");
    expect(await unclip(folder, "generate", caption, ...QUICK)).toMatchObject({ stdout: "a-red-apple_2.png\n" });
    expect(await readFile(join(folder, "a-red-apple.png"), "utf8")).toBe("existing file");
  });

  it("draws a progress bar at a terminal, and on Ctrl-C exits with 130 and leaves no file", async () => {
    const folder = await folderOfTest();
    const slow = ["generate", caption, "--bundle", TINY, "--size", "1024", "--preset", "best", "--count", "16"];
    const child = start(folder, slow, { terminal: true });
    const end = ended(child);
    let interrupted = false;
    child.stderr?.on("data", (bytes: Buffer) => {
      // Once: the bar redraws between steps, and a second signal ends the process at once.
      if (!interrupted && bytes.includes("step 2 of")) interrupted = child.kill("SIGINT");
    });
    const { code, stdout, stderr } = await end;
    expect([code, stdout]).toEqual([130, ""]);
    expect(stderr).toMatch(/prior .*░ {2}picture 1 of 16 {2}step 2 of \d+ {2}\d+\.\d s/);
    expect(stderr.endsWith("\r\x1b[Kunclip: stopped\n")).toBe(true);
    expect(await readdir(folder)).toEqual([]);
  });
});

it(
  "draws from pictures: variations, interpolate, manipulate, reconstruct; and reads them: score, embed",
  async () => {
    const folder = await folderOfTest();
    const run = async (...args: string[]) => {
      const { code, stdout, stderr } = await unclip(folder, ...args);
      expect(code, stderr).toBe(0);
      return stdout.trimEnd().split("\n");
    };
    await run("generate", caption, ...QUICK, "--out", "a.png");
    expect(await run("variations", "a.png", ...QUICK, "--strength", "0.2", "--count", "2")).toEqual([
      "a-variation-1.png",
      "a-variation-2.png",
      "a-variation-sheet.png",
    ]);
    const frames = await run("interpolate", "a.png", "a blue bird", ...QUICK, "--frames", "3", "--animate", "webp");
    const base = "a-to-a-blue-bird";
    expect(frames).toEqual([`${base}-1.png`, `${base}-2.png`, `${base}-3.png`, `${base}-sheet.png`, `${base}.webp`]);
    expect((await readFile(join(folder, `${base}.webp`))).toString("latin1", 8, 12)).toBe("WEBP");
    const manipulated = ["manipulate", "a.png", "--from", caption, "--to", "a pear", "--amount", "0.4", ...QUICK];
    expect(await run(...manipulated, "--frames", "2", "--out", "m.gif")).toEqual(["m.gif"]);
    expect((await readFile(join(folder, "m.gif"))).toString("latin1", 0, 3)).toBe("GIF");
    const reconstructed = await run("reconstruct", "a.png", "--dimensions", "4,16", ...QUICK, "--out", "r.png");
    expect(reconstructed).toEqual(["r-4.png", "r-16.png", "r-sheet.png"]);
    const { request: animated, frame: none } = JSON.parse((await run("info", `${base}.webp`, "--json"))[0]!);
    const sha256 = createHash("sha256")
      .update(await readFile(join(folder, "a.png")))
      .digest("hex");
    expect([animated.between, none]).toEqual([[{ image: { sha256 } }, { prompt: "a blue bird" }], undefined]);
    const last = await run("info", frames[2]!);
    expect(last).toContain("frame       3 of 3");
    expect(last.at(-1)).toMatch(
      /^again +unclip interpolate PICTURE 'a blue bird' --frames 3 --animate webp --size 64 /,
    );
    expect((await run("info", "m.gif", "--json"))[0]).toContain('"verb":"manipulate"');
    expect((await run("info", "r-16.png")).at(-1)).toMatch(/^again +unclip reconstruct PICTURE .* --dimensions 16$/);

    const files = ["a.png", "a-variation-1.png", ...frames.slice(0, 3), "r-4.png", "r-16.png"];
    for (const file of files) expect(await sideOf(join(folder, file))).toEqual([64, 64]);

    const [score] = await run("score", "a.png", caption, "--bundle", TINY);
    const [picture, text] = await Promise.all(
      ["a.png", caption].map((end) => run("embed", end, "--bundle", TINY).then((lines) => lines.map(Number))),
    );
    expect(picture).toHaveLength(16);
    expect(Number(score)).toBeCloseTo(
      picture!.reduce((sum, value, i) => sum + value * text![i]!, 0),
      4,
    );
  },
  TIMEOUT,
);

it(
  "unclip info prints the properties, presets, networks and training of a bundle",
  async () => {
    const folder = await folderOfTest();
    const training = { icons: 4000, stages: { decoder: { stage: "decoder", steps: 9, config: { seed: 1 } } } };
    const bundle = await copyOfTiny({ training });
    const { stdout } = await unclip(folder, "info", "--bundle", bundle);
    expect(stdout).toMatch(/^tiny 1\.0\.0, Apache-2\.0, \d+\.\d MB\nRandom weights\.\n/);
    expect(stdout).toMatch(/^sizes +64, 256, 1024 pixels$/m);
    expect(stdout).toMatch(/^priors +diffusion, autoregressive$/m);
    expect(stdout).toMatch(
      /^presets +draft +prior 6 steps, best of 1; decoder 3 steps, guidance 1\.5; upsamplers 3 and 2/m,
    );
    expect(stdout).toMatch(/^networks +on disk +in memory\n +clip-text\.onnx +\d\.\d MB +\d\.\d MB$/m);
    expect(stdout).toMatch(/^ +upsampler-1024\.onnx +\d\.\d MB +\d\.\d MB$/m);
    expect(stdout).toMatch(
      /^memory +\d+\.\d MB with every network open, \d+\.\d MB with one at a time\n +.* free here: /m,
    );
    expect(stdout).toMatch(/^training\n {2}icons +4000\n {2}decoder\n +stage decoder, steps 9\n$/m);
    const { stdout: json } = await unclip(folder, "info", "--json", "--bundle", bundle);
    expect(JSON.parse(json)).toMatchObject({ name: "tiny", sizes: [64, 256, 1024], training, folder: bundle });
    const { networks, all, one, available, plan } = JSON.parse(json).memory;
    expect(networks).toHaveLength(7);
    expect(plan).toBe(all <= available ? "all" : one <= available ? "one" : undefined);
  },
  TIMEOUT,
);

describe("an error of the command line", { timeout: TIMEOUT }, () => {
  it.each<[string, string[], number, RegExp]>([
    ["an unknown option", ["generate", "a", "--sise", "64"], 2, /has no option --sise: did you mean --size\?$/],
    [
      "a file that is not a picture",
      ["interpolate", "a.png", "page.txt", ...QUICK],
      2,
      /^page\.txt: The picture is not a PNG/,
    ],
    [
      "more dimensions than the bundle has",
      ["reconstruct", "a.png", "--dimensions", "4,17", ...QUICK],
      2,
      /^--dimensions .* 16, not 17$/,
    ],
    ["a picture of other software", ["info", "a.png"], 2, /^a\.png does not say what made it: unclip's PNG, WebP and/],
    ["a missing bundle", ["info", "--bundle", "nowhere"], 3, /^bundle\.json cannot be read in .*nowhere$/],
  ])("%s is reported in one line, with its exit code", async (_, args, expected, line) => {
    const folder = await folderOfTest();
    await writeFile(join(folder, "page.txt"), "no picture");
    await writeFile(join(folder, "a.png"), await encodePng(zeros([1, 3, 64, 64])));
    const { code, stdout, stderr } = await unclip(folder, ...args);
    expect([code, stdout]).toEqual([expected, ""]);
    expect(stderr).toMatch(/^unclip: [^\n]+\n$/);
    expect(stderr.slice("unclip: ".length, -1)).toMatch(line);
    expect(await readdir(folder)).toEqual(["a.png", "page.txt"]);
  });

  it("of the engine exits with 1, and shows the stack with --debug", async () => {
    const folder = await folderOfTest();
    const { code, stderr } = await unclip(
      folder,
      "generate",
      "a",
      ...QUICK,
      "--debug",
      "--bundle",
      await poisonedTiny("clip.mean"),
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/^unclip: prior: .*\n(.*\n)* +at /);
    expect(await readdir(folder)).toEqual([]);
  });
});
