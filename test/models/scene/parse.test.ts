// Captions read by what picto says of its own.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseBundle } from "../../../models/bundle/parse.ts";
import { SceneParser } from "../../../models/scene/parse.ts";

const spec = parseBundle(
  JSON.parse(readFileSync(new URL("../../../models/bundles/picto/bundle.json", import.meta.url), "utf8")),
);
const reader = new SceneParser(spec.scenes!, "clip");
const [styles, backgrounds] = spec.scenes!.attributes.map(({ values }) => [...values.values()]) as [string[], string[]];

describe("one thing", () => {
  it.each([
    "a red apple in flat style on a teal background",
    "A Turtle, 3d style, on an orange background",
    "teal background, a cat in noto style",
  ])("is used verbatim when it leaves nothing open: %s", (caption) => {
    expect(reader.read(caption, 3)).toEqual({ whole: caption, things: [] });
  });

  it("gets a style and a background by the seed", () => {
    expect(reader.read("A red  apple.", 0).whole).toBe(`a red apple ${styles[0]} ${backgrounds[0]}`);
    expect(reader.read("a red apple", 8).whole).toBe(`a red apple ${styles[2]} ${backgrounds[8]}`);
  });

  it.each([
    ["a rocket on a purple background", `a rocket ${styles[1]} on a purple background`],
    ["a rocket, purple background", `a rocket ${styles[1]} on a purple background`],
    ["a flat style rocket", `rocket in flat style ${backgrounds[1]}`],
    ["a rocket with an orange background in noto style", undefined],
    ["a 3d rocket", `a 3d rocket ${backgrounds[1]}`],
    ["a flat shoe", `a flat shoe ${backgrounds[1]}`],
    ["a rocket in watercolour style", `a rocket in watercolour style ${backgrounds[1]}`],
    ["a rocket on a light blue background", `a rocket on a light blue background ${styles[1]}`],
  ])("keeps the attributes it names: %s", (caption, whole) => {
    expect(reader.read(caption, 1).whole).toBe(whole ?? caption);
  });

  it("gets the name of a thing of its kind where it names only a kind", () => {
    const trees = spec.scenes!.kinds.get("tree")!;
    expect(trees).toContain("a palm tree");
    const read = (caption: string, seed: number) => reader.read(caption, seed).whole;
    expect(read("a tree in noto style on a white background", 0)).toBe(
      `${trees[0]} in noto style on a white background`,
    );
    expect(read("Tree", 1)).toBe(`${trees[1]} ${styles[1]} ${backgrounds[1]}`);
    expect(read("a fir tree", 1)).toBe(`a fir tree ${styles[1]} ${backgrounds[1]}`);
    expect(reader.read("a tree above a cat", 0).things.map((thing) => thing.split(" in ")[0])).toEqual([
      trees[0],
      "a cat",
    ]);
  });

  it("gives a thing of a kind the colour of the kind", () => {
    const kinds = new Map([
      ["tree", ["a palm tree", "an evergreen tree"]],
      ["book", ["a green book", "a blue book"]],
    ]);
    const parser = new SceneParser({ ...spec.scenes!, kinds, colours: ["green", "blue", "orange"] }, "clip");
    const thing = (caption: string, seed: number) =>
      parser.read(`${caption} in flat style on a white background`, seed).whole.split(" in ")[0];
    expect(thing("a green tree", 0)).toBe("a green palm tree");
    expect(thing("an orange tree", 1)).toBe("an orange evergreen tree");
    expect(thing("a green book", 1)).toBe("a green book");
    expect(thing("an orange book", 1)).toBe("an orange book");
    expect(thing("a purple tree", 1)).toBe("a purple tree");
  });

  it("goes through all styles and all backgrounds as seeds go on, and in time through all of both", () => {
    const read = (seeds: number) => Array.from({ length: seeds }, (_, seed) => reader.read("a cat", seed).whole);
    const used = (wholes: string[], ends: string[]) =>
      ends.filter((end) => wholes.some((whole) => whole.includes(end)));
    expect(used(read(styles.length), styles)).toEqual(styles);
    expect(used(read(backgrounds.length), backgrounds)).toEqual(backgrounds);
    expect(new Set(read(2 * styles.length * backgrounds.length)).size).toBe(styles.length * backgrounds.length);
  });

  it.each([
    "a fork and knife",
    "a sunrise over mountains",
    "no one under eighteen",
    "a face with hand over mouth",
    "an envelope with downwards arrow above",
    "above",
    "left of a cat",
    "a cat to the left of !",
    "a cat above a dog to the left of a tree",
  ])("is what a caption that does not name two things describes: %s", (caption) => {
    expect(reader.read(caption, 0).things).toEqual([]);
  });
});

describe("two things", () => {
  const ends = "in flat style on a teal background";
  it.each([
    ["a cat to the left of a dog", "left", ["a cat", "a dog"]],
    ["a cat to the right of a dog", "right", ["a cat", "a dog"]],
    ["a fork and knife above grapes", "above", ["a fork and knife", "grapes"]],
    ["a cat on top of a dog", "above", ["a cat", "a dog"]],
    ["a cat below the dog", "below", ["a cat", "the dog"]],
    ["a cat under a dog", "below", ["a cat", "a dog"]],
    ["a hammer and wrench and a pear", "left", ["a hammer and wrench", "a pear"]],
  ])("get a caption each, with a shared style and background: %s", (caption, first, things) => {
    const scene = reader.read(`${caption} ${ends}`, 5);
    expect(scene).toMatchObject({ first, things: things.map((thing) => `${thing} ${ends}`) });
  });

  it("share the attributes chosen by the seed", () => {
    const { things, whole } = reader.read("a cat beside a dog", 4);
    expect(things).toEqual([`a cat ${styles[4]} ${backgrounds[4]}`, `a dog ${styles[4]} ${backgrounds[4]}`]);
    expect(whole).toBe(`a cat to the left of a dog ${styles[4]} ${backgrounds[4]}`); // as it was taught
  });

  it("also share a style that is named between them", () => {
    const { things } = reader.read("a cat in flat style above a dog on a teal background", 0);
    expect(things).toEqual([`a cat ${ends}`, `a dog ${ends}`]);
  });

  it("are drawn from one caption when the style is unknown to the model", () => {
    expect(reader.read("a cat above a dog in watercolour style", 0).things).toEqual([]);
  });
});

it("parses any text deterministically, into at most two things that each have a letter", () => {
  const word = fc.oneof(
    fc.constantFrom(
      "a",
      "cat",
      "and",
      "left of",
      "above",
      "in flat style",
      ",",
      "background",
      "style",
      "on a red",
      "3d",
    ),
    fc.string({ unit: "binary" }),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), fc.nat(2 ** 32 - 1), (words, seed) => {
      const caption = words.join(" ");
      const scene = reader.read(caption, seed);
      expect(reader.read(caption, seed)).toEqual(scene);
      expect([0, 2]).toContain(scene.things.length);
      expect(scene.things.length > 0).toBe(scene.first !== undefined);
      for (const thing of scene.things) expect(thing).toMatch(/\p{L}.* background$/su);
    }),
    { numRuns: 500 },
  );
});
