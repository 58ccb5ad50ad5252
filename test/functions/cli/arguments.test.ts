import { describe, expect, it } from "vitest";
import { readArguments } from "../../../functions/cli/arguments.ts";
import { COMMANDS } from "../../../functions/cli/commands.ts";
import { didYouMean } from "../../../functions/cli/did-you-mean.ts";
import { fieldsOf } from "../../../functions/cli/options.ts";
import { UNCLIP } from "../../../functions/cli/run.ts";

const generate = COMMANDS.find(({ name }) => name === "generate")!;
const read = (...argv: string[]) => readArguments(UNCLIP, generate, argv);

describe("readArguments", () => {
  it("accepts options in any position, and fieldsOf turns them into the fields of a request", () => {
    const given = read("--json", "generate", "--prior-steps=5", "a cat", "-o", "cat.png", "--guidance", "-.5e1");
    expect(given).toEqual({
      positionals: ["a cat"],
      values: { json: true, "prior-steps": 5, out: "cat.png", guidance: -5 },
    });
    expect(fieldsOf(given.values)).toEqual({ priorSteps: 5, guidance: -5 });
  });

  it("accepts a caption that begins with a dash after --, and such a value after =", () => {
    expect(read("generate", "--out=--odd.png", "--", "--a cat")).toEqual({
      positionals: ["--a cat"],
      values: { out: "--odd.png" },
    });
  });

  it.each(["", " ", "7px", "0x10", "1e999", "Infinity", "NaN", "1_000", "1,5", "."])(
    "take no %j for a number",
    (text) => {
      expect(() => read("generate", "a", `--seed=${text}`)).toThrow(`--seed must be a number, not "${text}"`);
    },
  );

  it.each([
    [["--out"], "--out needs a value: --out FILE"],
    [
      ["--out", "--size", "64"],
      "--out needs a value, and --size looks like an option (to use it as the value: --out=--size)",
    ],
    [["--json=yes"], "--json takes no value"],
    [["--guidnace", "3"], "generate has no option --guidnace: did you mean --guidance?"],
    [["-x"], 'generate has no option -x: "unclip generate --help" lists them'],
    [["--strength", "1"], "--strength is not an option of generate, but of variations"],
  ])("are refused: %j", (argv, message) => {
    expect(() => read("generate", "a cat", ...argv)).toThrow(message);
  });
});

describe("didYouMean", () => {
  const names = ["size", "seed", "steps", "guidance", "prior-guidance"];

  it.each([
    ["sise", "size"],
    ["Seed", "seed"],
    ["guidnace", "guidance"],
    ["step", "steps"],
    ["priorguidance", "prior-guidance"],
    ["width", undefined],
    ["x", undefined],
  ])("corrects %s to %s", (word, expected) => {
    expect(didYouMean(word, names)).toBe(expected);
  });
});
