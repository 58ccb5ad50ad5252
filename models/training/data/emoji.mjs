/**
 * Which emoji become concepts. Emojibase gives the list; what is left out here
 * is what a small model could not draw or a person would not ask for: people
 * in skin tones, flags, keycaps, lettered or arrowed buttons, and near copies.
 */
import { createRequire } from "node:module";
import { plain, slugify } from "./text.mjs";

const require = createRequire(import.meta.url);
const data = require("emojibase-data/en/data.json");
const messages = require("emojibase-data/en/messages.json");
const unicodeNames = require("emojibase-data/meta/unicode-names.json");
const SHORTCODES = ["cldr", "github", "emojibase", "joypixels", "iamcal"].map((name) =>
  require(`emojibase-data/en/shortcodes/${name}.json`),
);

const GROUPS = new Set([
  "smileys-emotion",
  "animals-nature",
  "food-drink",
  "travel-places",
  "activities",
  "objects",
  "symbols",
]);
const LEFT_OUT_SUBGROUPS = new Set(["keycap", "alphanum", "arrow"]);

// The 24 clock faces differ by a few pixels of hand; two of them teach "clock face".
const CLOCKS_KEPT = new Set(["three o'clock", "ten o'clock"]);
const CLOCK = /o'clock$|-thirty$/;

// "button" in a name means a glyph in a coloured square; these few are drawn as the thing itself.
const BUTTONS_KEPT = new Set(["dim button", "bright button", "check mark button", "radio button"]);

// Lettered signs, and the same square or diamond again in another size.
const LEFT_OUT = new Set([
  "atm sign",
  "water closet",
  "copyright",
  "registered",
  "trade mark",
  "part alternation mark",
  "black medium square",
  "white medium square",
  "black medium-small square",
  "white medium-small square",
  "black small square",
  "white small square",
  "small orange diamond",
  "small blue diamond",
]);

// With the other sizes left out, these need not say theirs.
const SIMPLER_NAMES = new Map([
  ["black large square", "black square"],
  ["white large square", "white square"],
  ["large orange diamond", "orange diamond"],
  ["large blue diamond", "blue diamond"],
]);

function wanted(name, subgroup) {
  if (LEFT_OUT_SUBGROUPS.has(subgroup) || LEFT_OUT.has(name)) return false;
  if (CLOCK.test(name)) return CLOCKS_KEPT.has(name);
  if (/\bbutton$/.test(name)) return BUTTONS_KEPT.has(name);
  return true;
}

/** Other names of the emoji, best first: shortcodes (":red_apple:") and the Unicode name. */
function otherNames(hexcode) {
  const names = SHORTCODES.flatMap((codes) => codes[hexcode] ?? []).map((code) => code.replace(/_/g, " "));
  return [...new Set([...names, unicodeNames[hexcode] ?? ""].map(plain))].filter(Boolean);
}

/**
 * All emoji in Emojibase order. Those that are not wanted as concepts come
 * along because they lay claim to their icons when names are matched.
 */
export function readEmoji() {
  const keys = (list) => new Map(list.map(({ order, key }) => [order, key]));
  const groups = keys(messages.groups);
  // Emojibase 17 lists two subgroups under one number; neither is among those left out.
  const subgroups = keys(messages.subgroups);
  return data
    .filter((entry) => entry.group !== undefined)
    .sort((a, b) => a.order - b.order)
    .map((entry) => {
      const name = plain(entry.label);
      const group = groups.get(entry.group);
      return {
        hexcode: entry.hexcode,
        name: SIMPLER_NAMES.get(name) ?? name,
        slug: slugify(entry.label),
        group,
        tags: (entry.tags ?? []).map(plain),
        otherNames: otherNames(entry.hexcode),
        concept: GROUPS.has(group) && !entry.skins && wanted(name, subgroups.get(entry.subgroup)),
      };
    });
}
