// Requests that the command line refuses before it opens an engine, with their messages, and its help.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { COMMANDS } from "../../../functions/cli/commands.ts";
import { exitCodeOf, formatError } from "../../../functions/cli/exit-codes.ts";
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
  return formatError(error, false);
}

async function printed(...argv: string[]): Promise<string> {
  return (await run(argv, signal)).text;
}

describe("the command line refuses", () => {
  it.each<[string[], string]>([
    [[], 'which command? "unclip --help" lists them'],
    [["generat", "a cat"], "there is no command generat: did you mean generate?"],
    [["a cat"], '"a cat" is not a command; to draw it: unclip generate "a cat"'],
    [["generate"], "generate takes one caption, but was given none"],
    [["generate", "a", "cat"], "generate takes one caption, but was given 2; put a caption in quotes"],
    [["generate", " "], "the caption must not be empty"],
    [["generate", "a", "--size", "300"], "--size must be 64 or 256 or 1024 with the model picto, not 300"],
    [["generate", "a", "--prior", "gan"], '--prior must be "diffusion" or "autoregressive", not "gan"'],
    [["generate", "a", "--prior-steps", "1"], "--prior-steps must be a whole number from 2 to 250, not 1"],
    [["generate", "a", "--guidance", "-1"], "--guidance must be a number from 0 to 30, not -1"],
    [["generate", "a", "--threads", "0.5"], "--threads must be a whole number of at least 1, not 0.5"],
    [["generate", "a", "--memory", "two"], '--memory must be auto or all or one, not "two"'],
    [["generate", "a", "--frames", "3"], "--frames is not an option of generate, but of interpolate, manipulate"],
    [["variations", "nowhere.png"], "there is no file nowhere.png"],
    [["interpolate", "a cat", "nowhere.jpeg"], "there is no file nowhere.jpeg"],
    [["interpolate", "a cat", ""], "endpoint 2 must not be empty"],
    [["interpolate", "a cat"], "interpolate takes 2 to 8 endpoints, each a picture or a caption, but was given 1"],
    [["manipulate", import.meta.filename], "--to is missing"],
    [["manipulate", import.meta.filename, "--to", "a", "--out", "a.gif"], "--animate needs at least 2 frames"],
    [["reconstruct", import.meta.filename], "--dimensions is missing"],
    [["reconstruct", import.meta.filename, "--dimensions", "4,x"], '--dimensions must be a number, not "x"'],
    [
      ["reconstruct", import.meta.filename, "--dimensions", "4,0"],
      "--dimensions must be a whole number of at least 1, not 0",
    ],
    [["reconstruct", import.meta.filename, "--dimensions", "4,4"], "--dimensions contains a number twice"],
    [["generate", "a", "--url", "unclip.test"], '--url must be a URL such as http://127.0.0.1:4000, not "unclip.test"'],
    [
      ["generate", "a", "--url", "http://x", "--threads", "1"],
      "--threads is for an engine on this machine and cannot be used with --url",
    ],
    [["generate", "a", "--key", "x"], "--key needs --url"],
    [["score", import.meta.dirname, "a cat"], `${import.meta.dirname} is a folder, not a picture`],
  ])("%j", async (argv, line) => {
    expect(await refusal(...argv)).toBe(line);
  });

  it("a bundle that needs more memory than this machine has, with exit code 3", async () => {
    const error = await run(["generate", "a cat", "--bundle", await hugeTiny()], signal).catch((reason) => reason);
    expect(exitCodeOf(error)).toBe(3);
    expect(formatError(error, false)).toMatch(/^The bundle tiny needs 3700\.\d GB .*, but \d+\.\d GB are free; /);
  });

  it("an output folder or file type that it cannot write, before any work", async () => {
    const folder = await emptyFolder(onTestFinished);
    await writeFile(join(folder, "file"), "");
    const out = (name: string, ...rest: string[]) =>
      refusal("interpolate", "a", "b", "--out", join(folder, name), ...rest);
    expect(await out("no/a.png")).toBe(`--out: the folder ${folder}/no does not exist`);
    expect(await out("file/a.png")).toBe(`--out: ${folder}/file is not a folder`);
    expect(await out("a.jpg")).toBe("--out ends in .jpg, but pictures are written as .png");
    const mixed = "--out ends in .gif, but pictures are written as .png and the animation is webp";
    expect(await out("a.gif", "--animate", "webp")).toBe(mixed);
  });

  it("an empty file without an extension, which is not taken for a caption", async () => {
    const folder = await emptyFolder(onTestFinished);
    await writeFile(join(folder, "apple"), "");
    await mkdir(join(folder, "pear"));
    expect(await refusal("interpolate", "a cat", join(folder, "apple"))).toBe(`${join(folder, "apple")} is empty`);
    // A folder is not a picture: the word is a caption, and the next error is found.
    expect(await refusal("interpolate", "a cat", join(folder, "pear"), "--size", "1")).toMatch(/^--size must be/);
  });
});

describe("the help of the command line", () => {
  it("lists every command, and describes every option of each, with examples", async () => {
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

  it("--version prints only the version", async () => {
    expect(await printed("--version")).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
