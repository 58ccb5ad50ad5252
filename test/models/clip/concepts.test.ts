// Concepts of a model, and emoji in captions that are read as their names.
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { emojiNames, nameEmoji, parseConcepts } from "../../../models/clip/concepts.ts";
import { openUnclip } from "../../../models/unclip.ts";
import { allPixelsOf } from "../../support/models/pixels.ts";
import { SCENES } from "../../support/models/scenes.ts";
import { copyOfTiny, replaceFile } from "../../support/models/tiny-bundle.ts";

const CONCEPTS = [
  { name: "red apple", emoji: "🍎" },
  { name: "cat", emoji: "🐈" },
  { name: "red heart", emoji: "❤️" },
  { name: "fire engine", emoji: "🚒" },
  { name: "heart on fire", emoji: "❤️‍🔥" },
  { name: "victory hand", emoji: "✌️" },
  { name: "blob" },
];
const names = emojiNames(CONCEPTS);

describe("an emoji in a caption", () => {
  it.each([
    ["🍎", "red apple"],
    ["a 🍎 in flat style", "a red apple in flat style"],
    ["a🍎b, (🐈).", "a red apple b, (cat)."],
    ["🍎🐈", "red apple cat"],
    ["🍎 🐈", "red apple cat"],
    ["❤ and ❤️ and ❤\ufe0e", "red heart and red heart and red heart"],
    ["✌🏽", "victory hand"],
    ["❤️‍🔥", "heart on fire"],
  ])("is read as its name: %j", (caption, read) => {
    expect(nameEmoji(caption, names)).toBe(read);
  });

  it.each(["👨‍🚒", "🚒🏽‍❤️", "🇫🇷", "🍏", "1️⃣"])("of no concept stays, even if it contains another: %j", (caption) => {
    expect(nameEmoji(caption, names)).toBe(caption);
  });

  it("changes nothing else in a caption", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-composite" }), (text) => {
        const others = [...names.keys()].reduce((rest, emoji) => rest.replaceAll(emoji[0]!, ""), text);
        expect(nameEmoji(others, names)).toBe(others);
      }),
    );
  });
});

describe("the file of concepts", () => {
  it.each([
    ["{", "its content is not JSON"],
    ["{}", '"concepts" must be a list'],
    ["[]", '"concepts" must have 1 '],
    ['[{"emoji": "🍎"}]', '"concepts.0.name" is missing'],
    ['[{"name": "x", "emoji": 3}]', '"concepts.0.emoji" must be a string'],
    ['[{"name": "x", "emojis": "🍎"}]', '"concepts.0.emojis" is not known here'],
  ])("is checked: %s", (file, problem) => {
    expect(() => parseConcepts(file, "c.json")).toThrow(`c.json: ${problem}`);
  });
});

async function openWithConcepts() {
  const folder = await copyOfTiny({ "tokenizer.concepts": "concepts.json", scenes: SCENES });
  await replaceFile(folder, "concepts.json", Buffer.from(JSON.stringify(CONCEPTS)));
  const engine = await openUnclip(folder, { threads: 1 });
  onTestFinished(() => engine.close());
  return engine;
}

it("pictures of an emoji and of its name are the same, of one thing and of two", async () => {
  const engine = await openWithConcepts();
  expect(engine.info.concepts).toEqual(CONCEPTS);
  const draw = async (prompt: string) =>
    allPixelsOf(await engine.generate({ prompt, size: 64, preset: "draft", steps: 2, seed: 1 }));
  expect(await draw("🍎")).toEqual(await draw("red apple"));
  expect(await draw("🍎 by 🐈")).toEqual(await draw("red apple by cat"));
  expect(await draw("🍎 by 🐈")).not.toEqual(await draw("🐈 by 🍎"));
});

it("embeddings of an emoji and of its name are the same", async () => {
  const engine = await openWithConcepts();
  const [emoji, name] = [await engine.embed({ prompt: "🐈" }), await engine.embed({ prompt: "cat" })];
  expect(emoji).toEqual(name);
});
