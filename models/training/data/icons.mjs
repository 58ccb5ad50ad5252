/**
 * The icon step: concepts.json and icons-256.bin (uint8, N x 256 x 256 x 4).
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { readEmoji } from "./emoji.mjs";
import { inOrder, renderOrSkip } from "./render.mjs";
import { provenance, readSets, STYLES } from "./sets.mjs";
import { addWords } from "./words.mjs";

const SIZE = 256;
// A concept seen in one or two drawings would be learned as those drawings.
const MIN_STYLES = 3;
const CONCEPTS_AT_ONCE = 2;

/** Emoji that enough sets show, each with its `drawings`: [{style, set, icon}]. */
function selectConcepts(sets, allEmoji) {
  return allEmoji
    .filter(({ concept }) => concept)
    .map((emoji) => {
      const drawings = sets.flatMap((set, style) => {
        const icon = set.match.get(emoji.hexcode);
        return icon ? [{ style, set, icon }] : [];
      });
      const iconNames = drawings.map(({ icon }) => icon).filter((icon) => icon !== emoji.slug);
      const otherNames = [...new Set([...iconNames.map((icon) => icon.replace(/-/g, " ")), ...emoji.otherNames])];
      return { ...emoji, otherNames, drawings };
    })
    .filter(({ drawings }) => drawings.length >= MIN_STYLES);
}

async function draw(concept) {
  const drawn = await Promise.all(
    concept.drawings.map(async ({ style, set, icon }) => ({
      style,
      set: set.set,
      icon,
      pixels: await renderOrSkip(set.svg(icon, SIZE), SIZE),
    })),
  );
  return { concept, good: drawn.filter(({ pixels }) => pixels), bad: drawn.filter(({ pixels }) => !pixels) };
}

export async function buildIcons(folder) {
  const allEmoji = readEmoji();
  const selected = selectConcepts(readSets(allEmoji), allEmoji);

  const binPath = path.join(folder, "icons-256.bin");
  const bin = createWriteStream(`${binPath}.part`);
  const hash = createHash("sha256");
  const selectedConcepts = [];
  const icons = [];
  const skipped = [];
  for await (const { concept, good, bad } of inOrder(selected, CONCEPTS_AT_ONCE, draw)) {
    skipped.push(...bad.map(({ set, icon }) => `${set}:${icon}`));
    if (good.length < MIN_STYLES) continue;
    for (const { style, set, icon, pixels } of good) {
      icons.push({ concept: selectedConcepts.length, style, set, icon, hexcode: concept.hexcode });
      hash.update(pixels);
      if (!bin.write(pixels)) await once(bin, "drain");
    }
    selectedConcepts.push(concept);
  }
  bin.end();
  await once(bin, "finish");

  const concepts = addWords(selectedConcepts).map(({ slug, name, synonyms, tags, group, hexcode }, id) => ({
    id,
    slug,
    name,
    synonyms,
    tags,
    group,
    hexcode,
  }));
  const list = { concepts, styles: STYLES, icons };
  const digest = hash.update(JSON.stringify(list)).digest("hex");
  await rename(`${binPath}.part`, binPath);
  await writeFile(
    path.join(folder, "concepts.json"),
    JSON.stringify({ size: SIZE, ...list, sets: provenance(), digest }, null, 1),
  );
  return { concepts, icons, skipped, digest };
}
