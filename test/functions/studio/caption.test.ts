import { describe, expect, test } from "vitest";
import {
  backgroundPhrase,
  choose,
  chosen,
  complete,
  mark,
  stylePhrase,
} from "../../../functions/studio/state/caption.ts";

const STYLES = ["flat", "3d", "noto"];
const COLOURS = ["teal", "orange", "blue"];

describe("a chip", () => {
  test.each([
    ["a red apple", "flat", "a red apple in flat style"],
    ["a red apple in 3d style", "flat", "a red apple in flat style"],
    ["a red apple in flat style", "flat", "a red apple"],
    ["a red apple on a teal background", "noto", "a red apple in noto style on a teal background"],
    ["", "flat", "in flat style"],
  ])("for a style turns %j with %j into %j", (caption, style, expected) => {
    expect(choose(caption, style, STYLES, stylePhrase)).toBe(expected);
  });

  test.each([
    ["a red apple", "orange", "a red apple on an orange background"],
    ["a red apple on a teal background", "orange", "a red apple on an orange background"],
    ["an apple on a teal background in flat style", "blue", "an apple in flat style on a blue background"],
  ])("for a background turns %j with %j into %j", (caption, colour, expected) => {
    expect(choose(caption, colour, COLOURS, backgroundPhrase)).toBe(expected);
  });

  test("is pressed when its phrase is in the caption, however it came there", () => {
    expect(chosen("An apple IN FLAT style", STYLES, stylePhrase)).toBe("flat");
    expect(chosen("a flat tyre", STYLES, stylePhrase)).toBeUndefined();
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
  const CONCEPTS = ["red apple", "rocket", "rooster", "apple tree", "Rock"];
  const texts = (caption: string, caret = caption.length) => complete(caption, caret, CONCEPTS).map(({ text }) => text);

  test("begin with the words before the caret, longest match first", () => {
    expect(texts("a ro")).toEqual(["rocket", "rooster", "Rock"]);
    expect(texts("a red app")).toEqual(["red apple", "apple tree"]);
  });

  test("are none inside a word, after one letter, or for a whole concept", () => {
    expect(texts("a rocket", 4)).toEqual([]);
    expect(texts("a r")).toEqual([]);
    expect(texts("rooster")).toEqual([]);
  });

  test("replace what was typed", () => {
    const [first] = complete("a ro on a table", 4, CONCEPTS);
    expect(first).toEqual({ text: "rocket", start: 2, end: 4 });
  });
});
