import { describe, expect, test } from "vitest";
import { choose, chosen, complete, mark } from "../../../functions/studio/state/caption.ts";

const STYLES = ["flat", "3d", "noto"].map((name) => ({ name, phrase: `in ${name} style` }));
const COLOURS = [
  { name: "teal", phrase: "on a teal background" },
  { name: "orange", phrase: "on an orange background" },
];
const named = (name: string) => [...STYLES, ...COLOURS].find((value) => value.name === name)!;

describe("a chip", () => {
  test.each([
    ["a red apple", "flat", "a red apple in flat style"],
    ["a red apple in 3d style", "flat", "a red apple in flat style"],
    ["a red apple in flat style", "flat", "a red apple"],
    ["a red apple on a teal background", "noto", "a red apple in noto style on a teal background"],
    ["", "flat", "in flat style"],
  ])("for a style turns %j with %j into %j", (caption, style, expected) => {
    expect(choose(caption, named(style), STYLES)).toBe(expected);
  });

  test.each([
    ["a red apple", "orange", "a red apple on an orange background"],
    ["a red apple on a teal background", "orange", "a red apple on an orange background"],
    ["an apple on a teal background in flat style", "orange", "an apple in flat style on an orange background"],
  ])("for a background turns %j with %j into %j", (caption, colour, expected) => {
    expect(choose(caption, named(colour), COLOURS)).toBe(expected);
  });

  test("is pressed when its phrase is in the caption, however it came there", () => {
    expect(chosen("An apple IN FLAT style", STYLES)?.name).toBe("flat");
    expect(chosen("a flat tyre", STYLES)).toBeUndefined();
  });
});

describe("unknown words", () => {
  const WORDS = new Set(["a", "red", "apple", "cherry", "box", "and"]);
  const unknown = (caption: string) =>
    mark(caption, WORDS)
      .filter((part) => part.unknown)
      .map(({ text }) => text);

  test.each([
    ["a red dragon and ", ["dragon"]],
    ["Apples, cherries and boxes ", []],
    ["a red dra", []],
    ["a dragon reading ", ["dragon", "reading"]],
    ["a 3 ! ", []],
    ["", []],
  ])("of %j are %j", (caption, expected) => {
    expect(unknown(caption)).toEqual(expected);
  });

  test("are none where the model does not say what it knows", () => {
    expect(mark("a dragon ", new Set())).toEqual([{ text: "a dragon ", unknown: false }]);
  });

  test("are marked in place: the parts make up the caption", () => {
    const caption = "a dragon, reading a red apple";
    expect(
      mark(caption, WORDS)
        .map(({ text }) => text)
        .join(""),
    ).toBe(caption);
  });
});

describe("completions", () => {
  const WORDS = ["red", "rocket", "rooster", "rock", "apple"];
  const texts = (caption: string, caret = caption.length) => complete(caption, caret, WORDS).map(({ text }) => text);

  test("begin with the letters before the caret, shortest first", () => {
    expect(texts("a ro")).toEqual(["rock", "rocket", "rooster"]);
    expect(texts("a red AP")).toEqual(["apple"]);
  });

  test("are none inside a word, after one letter, or for a whole word", () => {
    expect(texts("a rocket", 4)).toEqual([]);
    expect(texts("a r")).toEqual([]);
    expect(texts("rooster")).toEqual([]);
  });

  test("replace what was typed", () => {
    expect(complete("a roc on a table", 5, ["rocket"])).toEqual([{ text: "rocket", start: 2, end: 5 }]);
  });
});
