// Requests that the command line refuses before it opens an engine, with their messages, and its help.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
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
    [["--verson"], "did you mean unclip --version?"],
    [["--json"], 'which command? "unclip --help" lists them'],
    [["generat", "a cat"], "there is no command generat: did you mean generate?"],
    [["a cat"], '"a cat" is not a command; to draw it: unclip generate "a cat"'],
    [["generate"], "generate takes one caption, but was given none"],
    [["generate", "a", "cat"], "generate takes one caption, but was given 2; put a caption in quotes"],
    [["generate", " "], "the caption must not be empty"],
    [["generate", "a", "--size", "300"], "--size must be 64 or 256 or 1024 with the model picto, not 300"],
    [["generate", "a", "--prior", "gan"], '--prior must be "diffusion" or "autoregressive" or "direct", not "gan"'],
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
    [["generate", "a", "--key", "x"], "--key needs --url or --deployment"],
    [["generate", "a", "--key-file", "x"], "--key-file needs --url or --deployment"],
    [["interpolate", "-", "-"], "- stands for standard input, which can be read only once"],
    [["generate", "--file", "-", "--key-file", "-"], "- stands for standard input, which can be read only once"],
    [["generate", "a", "--file", "x"], "generate takes no caption with --file, but was given 1"],
    [["generate", "--file", "nowhere.txt"], "there is no file nowhere.txt"],
    [["generate", "--file", "x", "--out", "a.png"], "with --file, --out must be a folder: --out FOLDER/"],
    [["generate", "--file", "x", "--open"], "--open is for one result, and --file draws many"],
    [["generate", "a", "--out", "-", "--count", "2"], "--out - writes one file, and this request has 2 pictures"],
    [["interpolate", "a", "b", "--out", "-"], "--out - writes one file, and this request has 8 pictures"],
    [["generate", "a", "--out", "-", "--json"], "--out - writes a picture to standard output, where --json writes too"],
    [["generate", "a", "--out", "-", "--open"], "--open needs a file, and --out - writes none"],
    [["generate", "a", "--out", "/dev/stdout"], "--out: /dev/stdout is not a file; --out - is standard output"],
    [["completion", "tcsh"], "completion takes one shell: bash, zsh, fish, not tcsh"],
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
    expect(await out("no/a.png")).toBe(`--out: the folder ${folder}/no does not exist (${folder}/no/ makes it)`);
    expect(await out("file/new/")).toBe(`--out: ${folder}/file is not a folder`);
    expect(await out("file/a.png")).toBe(`--out: ${folder}/file is not a folder`);
    expect(await out("a.jpg")).toBe("--out ends in .jpg, but pictures are written as .png");
    const mixed = "--out ends in .gif, but pictures are written as .png and the animation is webp";
    expect(await out("a.gif", "--animate", "webp")).toBe(mixed);
  });

  it("options that npm took, because no -- stands before them", async () => {
    vi.stubEnv("npm_config_size", "true");
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await refusal("generate", "a", "64")).toBe(
      'npm took --size for itself; "--" before the command prevents it: npm run -s unclip -- generate ...',
    );
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

  it("--version and -V print only the version", async () => {
    expect(await printed("--version")).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(await printed("-V")).toBe(await printed("--version"));
  });

  it("is short without arguments, and the whole begins with it", async () => {
    const [short, whole] = [await printed(), await printed("--help")];
    expect(short).toMatch(/^unclip .*\n\nUsage: (.*\n)*Commands:\n {2}generate /);
    expect(short).not.toContain("Exit codes");
    expect(whole.startsWith(short)).toBe(true);
  });
});
