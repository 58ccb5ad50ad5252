import { describe, expect, it, onTestFinished } from "vitest";
import { formatList, Vocabulary } from "../../../models/clip/vocabulary.ts";
import { openUnclip } from "../../../models/unclip.ts";
import { allPixelsOf } from "../../support/models/pixels.ts";
import { copyOfTiny, replaceFile, TINY } from "../../support/models/tiny-bundle.ts";

const quick = { size: 64, preset: "draft", steps: 2, seed: 1 } as const;
const known = new Vocabulary("a\nand\napple\nberry\nbox\nit\nman\nnews\nnew\nred\nñandú\n", "visible");

describe("a caption", () => {
  it.each(["A red apple", "a Red, APPLE! 42 ...", "it's ñandu\u0301", "a man&#39;s box", "news"])(
    "of words that were taught is read as it is: %j",
    (caption) => {
      expect(known.read(caption)).toEqual({ text: caption, unknown: [], leavesOut: false, isEmpty: false });
    },
  );

  it.each(["", "\u200b", "🍎", "🇫🇷", "...", "!!!", "12345", "\u0001\u0002"])(
    "without a word is empty: %j",
    (caption) => {
      expect(known.read(caption)).toEqual({ text: caption, unknown: [], leavesOut: false, isEmpty: true });
    },
  );

  it.each([
    ["a Blorp apple, blorp &amp; zork", "a  apple,  & ", ["blorp", "zork"]],
    ["an apple", " apple", ["an"]],
    ["red blorpses", "red ", ["blorpses"]],
    ["red s", "red ", ["s"]],
  ])("is read without its unknown words: %j", (caption, text, unknown) => {
    expect(known.read(caption)).toEqual({ text, unknown, leavesOut: true, isEmpty: false });
  });

  it.each(["blorp", "blorp zork!", "42 blorps"])("of unknown words alone is read as it is: %j", (caption) => {
    expect(known.read(caption)).toMatchObject({ text: caption, leavesOut: false, isEmpty: false });
    expect(known.read(caption).unknown).not.toEqual([]);
  });

  it("with an unknown plural is read with its singular", () => {
    const text = "red apple and box and berry";
    expect(known.read("red apples and boxes and berries")).toEqual({
      text,
      unknown: [],
      leavesOut: false,
      isEmpty: false,
    });
  });

  it("is cut at the end of the context after unknown words are left out", async () => {
    const folder = await copyOfTiny({ "tokenizer.words": "words.txt" });
    await replaceFile(folder, "words.txt", Buffer.from("a\nred\napple\n"));
    const engine = await openUnclip(folder, { threads: 1 });
    onTestFinished(() => engine.close());
    const long = `${"blorp ".repeat(40)}a red apple`;
    const both = await Promise.all([long, "a red apple"].map((prompt) => engine.generate({ ...quick, prompt })));
    expect(allPixelsOf(both[0]!)).toEqual(allPixelsOf(both[1]!));
    expect(both[0]!.warnings.map(({ code }) => code)).toEqual(["UNKNOWN_WORDS"]);
  });
});

describe("the words in a warning", () => {
  it("fit into one line, however many and long they are", () => {
    expect(formatList(["blorp", "zork"])).toBe('"blorp", "zork"');
    const many = formatList(Array.from({ length: 100 }, (_, i) => `${i}${"x".repeat(1_000)}`));
    expect(many).toMatch(/^"0x{23}\.\.\.", .* and 92 more$/);
    expect(many.length).toBeLessThan(400);
  });
});

describe("a bundle with a list of words", () => {
  it("warns about other words, and draws", async () => {
    const folder = await copyOfTiny({ "tokenizer.words": "words.txt" });
    await replaceFile(folder, "words.txt", Buffer.from("a\nred\napple\n"));
    const engine = await openUnclip(folder, { threads: 1 });
    onTestFinished(() => engine.close());
    const { warnings, pictures } = await engine.generate({ ...quick, prompt: "a red blorp" });
    expect(warnings).toEqual([
      { code: "UNKNOWN_WORDS", message: 'The model was not trained on "blorp"; it reads the rest' },
    ]);
    expect(pictures).toHaveLength(1);
    expect((await engine.generate({ ...quick, prompt: "a red apple" })).warnings).toEqual([]);
    const unread = {
      code: "UNKNOWN_WORDS",
      message: 'The model reads no word in "🍎"; what it draws is left to the seed',
    };
    expect((await engine.generate({ ...quick, prompt: "🍎" })).warnings).toEqual([unread]);
    const guessed = { code: "UNKNOWN_WORDS", message: 'The model was not trained on "zork"; it guesses' };
    expect((await engine.generate({ ...quick, prompt: "zork" })).warnings).toEqual([guessed]);
  });

  it("warns without that list, too, about a caption that has nothing to read", async () => {
    const engine = await openUnclip(TINY, { threads: 1 });
    onTestFinished(() => engine.close());
    const codes = async (prompt: string) =>
      (await engine.generate({ ...quick, prompt })).warnings.map(({ code }) => code);
    expect(await codes("\u0001")).toEqual(["UNKNOWN_WORDS"]);
    expect(await codes("🍎")).toEqual([]);
  });

  it("must list the file", async () => {
    const folder = await copyOfTiny({ "tokenizer.words": "words.txt" });
    await expect(openUnclip(folder)).rejects.toThrow(/names words\.txt, which "files" does not list/);
  });
});
