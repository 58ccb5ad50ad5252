import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Cleaning } from "../../../models/bundle/clip.ts";
import { Tokenizer } from "../../../models/clip/tokenizer.ts";
import { UnclipError } from "../../../models/errors.ts";

// Made by models/training/golden/tokenizer.py.
const read = (name: string) => readFileSync(new URL(`../../golden/${name}`, import.meta.url), "utf8");
const vocabJson = read("tokenizer-vocab.json");
const mergesTxt = read("tokenizer-merges.txt");
const golden: {
  vocabulary: number;
  padId: number;
  cases: { text: string; clean: Cleaning; contextLength: number; tokens: number[] }[];
} = JSON.parse(read("tokenizer.json"));
const vocab: Record<string, number> = JSON.parse(vocabJson);
const [start, end] = [vocab["<|startoftext|>"]!, vocab["<|endoftext|>"]!];

const open = (contextLength: number, clean: Cleaning = "clip") =>
  Tokenizer.fromFiles(vocabJson, mergesTxt, { contextLength, padId: 0, clean });
const wide = open(4096);

/** Tokens back to text, one space after each word. Ids follow the bytes' order, so the first 256 spell every byte. */
function decode({ tokens, mask }: { tokens: Int32Array; mask: Float32Array }): string {
  const symbols = Object.keys(vocab).sort((a, b) => vocab[a]! - vocab[b]!);
  const printable = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte !== 173);
  const all = Array.from({ length: 256 }, (_, byte) => byte);
  const order = [...all.filter(printable), ...all.filter((byte) => !printable(byte))];
  const bytes = new Map(symbols.slice(0, 256).map((symbol, i) => [symbol, order[i]!]));
  const inner = tokens.subarray(1, mask.lastIndexOf(1));
  const spelled = Array.from(inner, (id) => symbols[id]!.replace("</w>", " ")).join("");
  return new TextDecoder().decode(Uint8Array.from(spelled, (symbol) => bytes.get(symbol) ?? 0x20));
}

describe("against Python", () => {
  it.each(golden.cases)(
    "$contextLength tokens of $text, cleaned as $clean",
    ({ text, clean, contextLength, tokens }) => {
      expect([...open(contextLength, clean).encode(text).tokens]).toEqual(tokens);
    },
  );

  it("reads a vocabulary of 256 bytes, 256 word-ending bytes, the merges, start and end", () => {
    const merges = mergesTxt.trim().split("\n").length - 1;
    expect(golden.vocabulary).toBe(256 + 256 + merges + 2);
    expect([start, end]).toEqual([golden.vocabulary - 2, golden.vocabulary - 1]);
  });
});

describe("a caption as it is typed", () => {
  const same = (clean: Cleaning, one: string, other: string) =>
    expect([...open(32, clean).encode(one).tokens]).toEqual([...open(32, clean).encode(other).tokens]);

  it.each([
    ["a cat\u2019s \u201chat\u201d", `a cat's "hat"`],
    ["\uff41 \uff52\uff45\uff44 \uff41\uff50\uff50\uff4c\uff45\uff01", "a red apple!"],
    ["a \ufb01sh", "a fish"],
    ["a\u0001 red\ufeff apple", "a red apple"],
    ["the baker&rsquo;s bread", "the baker's bread"],
  ])("is read as CLIP's own code does: %j", (typed, plain) => {
    for (const clean of ["clip", "visible"] as const) same(clean, typed, plain);
  });

  it.each([
    ["a red heart\ufe0f", "a red heart"],
    ["a red app\u00adle", "a red apple"],
    ["a red-\u2011apple", "a red--apple"],
    ["rock \u2014 roll", "rock - roll"],
    ["\u200ba red\u200b apple\u2060", "a red apple"],
  ])("is read as it looks where the bundle says so: %j", (typed, plain) => {
    same("visible", typed, plain);
    expect(() => same("clip", typed, plain)).toThrow();
  });

  it("is text where it names a special token", () => {
    const { tokens, mask } = open(64).encode("a <|endoftext|> b <|startoftext|>");
    const used = mask.lastIndexOf(1);
    expect([tokens[0], tokens[used]]).toEqual([start, end]);
    expect([...tokens.subarray(1, used)].filter((id) => id === start || id === end)).toEqual([]);
  });
});

describe("length", () => {
  it("marks the tokens from start to end, not the padding", () => {
    const { tokens, mask, truncated } = open(6).encode("red apple");
    expect([...mask]).toEqual([1, 1, 1, 1, 0, 0]);
    expect([...tokens]).toEqual([start, vocab["red</w>"], vocab["apple</w>"], end, 0, 0]);
    expect(truncated).toBeUndefined();
  });

  it("keeps a text that just fits", () => {
    const { tokens, mask, truncated } = open(4).encode("red apple");
    expect([...tokens]).toEqual([start, vocab["red</w>"], vocab["apple</w>"], end]);
    expect([...mask]).toEqual([1, 1, 1, 1]);
    expect(truncated).toBeUndefined();
  });

  it("returns the text that did not fit, and ends with the end token", () => {
    const { tokens, truncated } = open(4).encode("Red apple on a  BLUE background");
    expect([...tokens]).toEqual([start, vocab["red</w>"], vocab["apple</w>"], end]);
    expect(truncated).toBe("on a blue background");
  });

  it("counts a word that fits in part as truncated", () => {
    const { tokens, truncated } = open(4).encode("red qqqq blue");
    expect([...tokens]).toEqual([start, vocab["red</w>"], vocab.q, end]);
    expect(truncated).toBe("qqqq blue");
  });

  it("pads with the id it was given", () => {
    const tokenizer = Tokenizer.fromFiles(vocabJson, mergesTxt, { contextLength: 4, padId: end, clean: "clip" });
    expect([...tokenizer.encode("").tokens]).toEqual([start, end, end, end]);
  });
});

describe("any text", () => {
  const anything = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.string({ unit: "binary", maxLength: 300 }),
    // Single UTF-16 units, so also surrogates without a partner.
    fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
    fc
      .array(fc.constantFrom("&", "amp;", "#", "x", "41", ";", "lt", " ", "'s", "<|endoftext|>", "constructor"))
      .map((parts) => parts.join("")),
  );

  it("encodes to exactly contextLength tokens of the vocabulary, with one start, an end and a mask that agrees", () => {
    fc.assert(
      fc.property(anything, fc.integer({ min: 2, max: 40 }), (text, contextLength) => {
        const { tokens, mask, truncated } = open(contextLength).encode(text);
        const used = mask.reduce((sum, one) => sum + one, 0);
        expect(tokens.length).toBe(contextLength);
        expect(mask.length).toBe(contextLength);
        expect(tokens.every((id) => id >= 0 && id < golden.vocabulary)).toBe(true);
        expect([tokens[0], tokens[used - 1]]).toEqual([start, end]);
        expect(mask.lastIndexOf(1)).toBe(used - 1);
        expect(tokens.subarray(used).every((id) => id === 0)).toBe(true);
        if (truncated !== undefined) expect(used).toBe(contextLength);
      }),
      { numRuns: 300 },
    );
  });

  it("of plain characters loses only case, white space, controls and U+0345 when everything fits", () => {
    const loose = (text: string) => text.replace(/[\u0345\s\p{White_Space}\p{Cc}]/gu, "");
    // Other characters become plain ones, see "a caption as it is typed".
    const others =
      /[&\u0132\u0133\u0149\u01c4-\u01f3\u02bc\u2018-\u201f\u206a-\u206f\u3000\ufb00-\ufb06\ufeff-\uffff]/u;
    const plain = anything.filter((text) => !others.test(text));
    fc.assert(
      fc.property(plain, (text) => {
        const folded = text
          .replace(/\p{Surrogate}/gu, "\ufffd")
          .normalize("NFC")
          .toLowerCase();
        expect(loose(decode(wide.encode(text)))).toBe(loose(folded));
      }),
      { numRuns: 300 },
    );
  });

  it("round-trips words with one space between them", () => {
    const word = fc.oneof(
      fc
        .constantFrom(...Object.keys(vocab).filter((symbol) => /^[a-z]+<\/w>$/.test(symbol)))
        .map((symbol) => symbol.slice(0, -4)),
      fc.string({ unit: fc.constantFrom(..."abcxyzéñ日本"), minLength: 1 }),
    );
    fc.assert(
      fc.property(fc.array(word), fc.constantFrom(" ", "\n\t", "\u00a0 "), (list, gap) => {
        expect(decode(wide.encode(list.join(gap))).trimEnd()).toBe(list.join(" "));
      }),
    );
  });
});

describe("broken files", () => {
  const options = { contextLength: 8, padId: 0, clean: "clip" as const };
  const without = (symbol: string) => JSON.stringify({ ...vocab, [symbol]: undefined });

  it.each([
    ["no JSON", "{", mergesTxt, /not JSON/],
    ["null", "null", mergesTxt, /must be an object/],
    ["a list", "[1]", mergesTxt, /must be an object/],
    ["an id that is no number", JSON.stringify({ ...vocab, cat: "7" }), mergesTxt, /"cat".*whole number/],
    ["a negative id", JSON.stringify({ ...vocab, cat: -1 }), mergesTxt, /"cat".*whole number/],
    ["no end token", without("<|endoftext|>"), mergesTxt, /no symbol "<\|endoftext\|>"/],
    ["a byte missing", without("Ġ"), mergesTxt, /no symbol "Ġ"/],
    ["a merge into nothing", vocabJson, `${mergesTxt}zz qq</w>\n`, /no symbol "zzqq<\/w>"/],
    ["three symbols on a line", vocabJson, `${mergesTxt}a b c\n`, /"a b c".*not a pair/],
    ["one symbol on a line", vocabJson, `${mergesTxt}abc\n`, /"abc".*not a pair/],
  ])("refuses %s", (_, vocabText, mergesText, message) => {
    const make = () => Tokenizer.fromFiles(vocabText, mergesText, options);
    expect(make).toThrow(UnclipError);
    expect(make).toThrow(expect.objectContaining({ code: "INVALID_BUNDLE", message: expect.stringMatching(message) }));
  });

  it("refuses a context without room for start and end", () => {
    expect(() => open(1)).toThrow(expect.objectContaining({ code: "INVALID_BUNDLE" }));
  });
});
