// What the command line refuses before it opens the engine, and what it says then.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { COMMANDS } from "../../../functions/cli/commands.ts";
import { exitCodeOf, lineOf } from "../../../functions/cli/exit-codes.ts";
import { run } from "../../../functions/cli/run.ts";
import { emptyFolder } from "../../support/cli/unclip.ts";
import { hugeTiny } from "../../support/models/tiny-bundle.ts";

const signal = new AbortController().signal;

async function refusal(...argv: string[]): Promise<string> {
  const error = await run(argv, signal).then(
    () => expect.fail("it succeeded"),
    (reason: unknown) => reason,
  );
  expect(exitCodeOf(error)).toBe(2);
  return lineOf(error, false);
}

async function printed(...argv: string[]): Promise<string> {
  return (await run(argv, signal)).text;
}

describe("refuses", () => {
  it.each<[string[], string]>([
    [[], 'which command? "unclip --help" lists them'],
    [["generat", "a cat"], "there is no command generat: did you mean generate?"],
    [["a cat"], '"a cat" is no command: to draw it, unclip generate "a cat"'],
    [["generate"], "generate takes one caption, but was given none"],
    [["generate", "a", "cat"], "generate takes one caption, but was given 2; put a caption in quotes"],
    [["generate", " "], "the caption must not be empty"],
    [["generate", "a", "--size", "300"], "--size must be 64 or 256 or 1024 with the model picto, not 300"],
    [["generate", "a", "--prior", "gan"], '--prior must be "diffusion" or "autoregressive", not "gan"'],
    [["generate", "a", "--prior-steps", "1"], "--prior-steps must be a whole number from 2 to 250, not 1"],
    [["generate", "a", "--guidance", "-1"], "--guidance must be a number from 0 to 30, not -1"],
    [["generate", "a", "--threads", "0.5"], "--threads must be a whole number of at least 1, not 0.5"],
    [["generate", "a", "--memory", "two"], '--memory must be auto or all or one, not "two"'],
    [["generate", "a", "--frames", "3"], "--frames is no option of generate, but of interpolate, manipulate"],
    [["variations", "nowhere.png"], "there is no file nowhere.png"],
    [["interpolate", "a cat", "nowhere.jpeg"], "there is no file nowhere.jpeg"],
    [["interpolate", "a cat", ""], "end 2 must not be empty"],
    [["interpolate", "a cat"], "interpolate takes 2 to 8 ends, each a picture or a caption, but was given 1"],
    [["manipulate", import.meta.filename], "--to is missing"],
    [["manipulate", import.meta.filename, "--to", "a", "--out", "a.gif"], "--animate needs at least 2 frames"],
    [["reconstruct", import.meta.filename], "--dimensions is missing"],
    [["reconstruct", import.meta.filename, "--dimensions", "4,x"], '--dimensions must be a number, not "x"'],
    [
      ["reconstruct", import.meta.filename, "--dimensions", "4,0"],
      "--dimensions must be a whole number of at least 1, not 0",
    ],
    [["reconstruct", import.meta.filename, "--dimensions", "4,4"], "--dimensions names a number twice"],
    [["generate", "a", "--url", "unclip.test"], '--url must be a URL such as http://127.0.0.1:4000, not "unclip.test"'],
    [
      ["generate", "a", "--url", "http://x", "--threads", "1"],
      "--threads is for drawing here, and --url for drawing there",
    ],
    [["generate", "a", "--key", "x"], "--key is for a service: --url is missing"],
    [["score", import.meta.dirname, "a cat"], `${import.meta.dirname} is a folder, not a picture`],
  ])("%j", async (argv, line) => {
    expect(await refusal(...argv)).toBe(line);
  });

  it("a bundle that is too large for this machine, as unusable here", async () => {
    const error = await run(["generate", "a cat", "--bundle", await hugeTiny()], signal).catch((reason) => reason);
    expect(exitCodeOf(error)).toBe(3);
    expect(lineOf(error, false)).toMatch(/^The bundle tiny needs 3700\.\d GB .*, but \d+\.\d GB are free; /);
  });

  it("a place that cannot be written to, before any work", async () => {
    const folder = await emptyFolder(onTestFinished);
    await writeFile(join(folder, "file"), "");
    const out = (name: string, ...rest: string[]) =>
      refusal("interpolate", "a", "b", "--out", join(folder, name), ...rest);
    expect(await out("no/a.png")).toBe(`--out: the folder ${folder}/no does not exist`);
    expect(await out("file/a.png")).toBe(`--out: ${folder}/file is no folder`);
    expect(await out("a.jpg")).toBe("--out ends in .jpg, but pictures are written as .png");
    const mixed = "--out ends in .gif, but pictures are written as .png and the animation is webp";
    expect(await out("a.gif", "--animate", "webp")).toBe(mixed);
  });

  it("a file without a picture's name that is empty, for it exists and so is no caption", async () => {
    const folder = await emptyFolder(onTestFinished);
    await writeFile(join(folder, "apple"), "");
    await mkdir(join(folder, "pear"));
    expect(await refusal("interpolate", "a cat", join(folder, "apple"))).toBe(`${join(folder, "apple")} is empty`);
    // A folder is no picture: the word is a caption, and the next mistake is found.
    expect(await refusal("interpolate", "a cat", join(folder, "pear"), "--size", "1")).toMatch(/^--size must be/);
  });
});

describe("help", () => {
  it("lists every command, and tells every option of each, with examples", async () => {
    const overview = await printed("--help");
    for (const { name, summary, options, examples } of COMMANDS) {
      expect(overview).toMatch(new RegExp(`^  ${name} +${summary}$`, "m"));
      const help = await printed("--json", name, "whatever", "--help", "--unknown");
      for (const option of [...options, "json"]) expect(help).toContain(` --${option}`);
      for (const example of examples) expect(help).toContain(`  unclip ${example}\n`);
      for (const line of `${overview}${help}`.split("\n")) expect(line.length).toBeLessThanOrEqual(104);
      expect(await printed("help", name)).toBe(help);
    }
  });

  it("tells the version alone", async () => {
    expect(await printed("--version")).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
