import { describe, expect, it, onTestFinished } from "vitest";
import { KnownWords, listed } from "../../../models/clip/known-words.ts";
import { openUnclip } from "../../../models/unclip.ts";
import { copyOfTiny, replaceFile } from "../tiny.ts";

const known = new KnownWords("a\napple\nit\n's\nred\nñandú\n");

describe("unknown words", () => {
  it.each([
    ["A red apple", []],
    ["a Red, APPLE! 42 ...", []],
    ["it's ñandu\u0301", []],
    ["a blorp apple, blorp &amp; zork", ["blorp", "zork"]],
    ["", []],
  ])("of %j are %j", (caption, unknown) => {
    expect(known.unknown(caption)).toEqual(unknown);
  });

  it("are told in one line, however many and long they are", () => {
    expect(listed(["blorp", "zork"])).toBe('"blorp", "zork"');
    const many = listed(Array.from({ length: 100 }, (_, i) => `${i}${"x".repeat(1_000)}`));
    expect(many).toMatch(/^"0x{23}\.\.\.", .* and 92 more$/);
    expect(many.length).toBeLessThan(400);
  });
});

describe("a bundle that tells its words", () => {
  const quick = { size: 64, preset: "draft", steps: 2, seed: 1 } as const;

  it("warns of others, and draws", async () => {
    const folder = await copyOfTiny({ "tokenizer.words": "words.txt" });
    await replaceFile(folder, "words.txt", Buffer.from("a\nred\napple\n"));
    const engine = await openUnclip(folder, { threads: 1 });
    onTestFinished(() => engine.close());
    const { warnings, pictures } = await engine.generate({ ...quick, prompt: "a red blorp" });
    expect(warnings).toEqual([{ code: "UNKNOWN_WORDS", message: 'The model was never taught "blorp"; it guesses' }]);
    expect(pictures).toHaveLength(1);
    expect((await engine.generate({ ...quick, prompt: "a red apple" })).warnings).toEqual([]);
  });

  it("must list that file", async () => {
    const folder = await copyOfTiny({ "tokenizer.words": "words.txt" });
    await expect(openUnclip(folder)).rejects.toThrow(/names words\.txt, which "files" does not list/);
  });
});
