/**
 * The six icon sets, and which icon of each shows a given emoji.
 *
 * An icon is claimed at most once per set and in order of trust (code point
 * table, same name, then other names), over all emoji, so that a loose name
 * never takes an icon that has a rightful owner.
 */
import { createRequire } from "node:module";
import { slugify } from "./text.mjs";

const require = createRequire(import.meta.url);

export const STYLES = ["3d", "flat", "noto", "classic", "twemoji", "emojione"];

// The code point tables some packages carry hold good for their sister sets, which share the naming.
const PACKAGES = [
  { set: "fluent-emoji", table: "fluent-emoji-flat" },
  { set: "fluent-emoji-flat", table: "fluent-emoji-flat" },
  { set: "noto", table: "noto" },
  { set: "noto-v1", table: "noto" },
  { set: "twemoji", table: "twemoji" },
  { set: "emojione", table: "noto" },
];

// Old sets use these names for another thing: the game of cricket, a firearm, a blue question mark.
const MEANS_ANOTHER_THING = {
  "noto-v1": new Set(["cricket", "water-pistol", "pistol", "red-question-mark", "question-mark"]),
  emojione: new Set(["cricket", "water-pistol", "pistol"]),
};

const bareHex = (hexcode) => hexcode.toLowerCase().replace(/-fe0f/g, "");

function readSet({ set, table }) {
  const { icons, aliases, width, height } = require(`@iconify-json/${set}/icons.json`);
  const chars = require(`@iconify-json/${table}/chars.json`);
  const byHex = new Map(Object.entries(chars).map(([hex, name]) => [bareHex(hex), name]));

  /** The name of the drawing behind an icon name, or undefined where there is none. */
  const resolve = (name) => {
    if (MEANS_ANOTHER_THING[set]?.has(name)) return undefined;
    const alias = aliases?.[name];
    // A mirrored alias is another picture; none of the concepts needs one.
    if (alias) return alias.hFlip ? undefined : resolve(alias.parent);
    return icons[name] && !icons[name].hidden ? name : undefined;
  };
  const svg = (name, size) => {
    const icon = { left: 0, top: 0, width, height, ...icons[name] };
    const box = [icon.left, icon.top, icon.width, icon.height].join(" ");
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ` +
      `width="${size}" height="${size}" viewBox="${box}">${icon.body}</svg>`
    );
  };
  return { set, byHex, resolve, svg };
}

const withAndWithoutFace = (slug) => (slug.endsWith("-face") ? [slug.slice(0, -5)] : [`${slug}-face`]);

/** Names to try, from the surest to the loosest; each list is one round of claims. */
function rounds(emoji, sets, { byHex }) {
  const hex = bareHex(emoji.hexcode);
  const elsewhere = sets.flatMap((other) => other.byHex.get(hex) ?? []);
  return [
    [byHex.get(hex)].filter(Boolean),
    [emoji.slug],
    elsewhere,
    emoji.otherNames.map(slugify),
    withAndWithoutFace(emoji.slug),
  ];
}

/** Reads the sets and returns them with `match`: hexcode -> icon name for each. */
export function readSets(allEmoji) {
  const sets = PACKAGES.map(readSet);
  for (const set of sets) {
    set.match = new Map();
    const claimed = new Set();
    const tries = allEmoji.map((emoji) => [emoji.hexcode, rounds(emoji, sets, set)]);
    for (let round = 0; round < tries[0][1].length; round++) {
      for (const [hexcode, names] of tries) {
        if (set.match.has(hexcode)) continue;
        const name = names[round].map(set.resolve).find((found) => found && !claimed.has(found));
        if (!name) continue;
        claimed.add(name);
        set.match.set(hexcode, name);
      }
    }
  }
  return sets;
}

/** Where each set comes from and on what terms, for the record beside the data. */
export function provenance() {
  return PACKAGES.map(({ set }) => {
    const { name, license, author } = require(`@iconify-json/${set}/info.json`);
    const { version } = require(`@iconify-json/${set}/package.json`);
    return {
      set,
      licence: license.spdx,
      licenceUrl: license.url,
      version,
      title: name,
      author: author.name,
      url: author.url,
    };
  });
}
