/**
 * The evaluation step: renders/<concept>-<style>.png, whole pictures of 1024 px that no training has seen. Of each held-out
 * pair of concept and style, the icon, unless its render gave crops to the upsamplers.
 */
import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { readEmoji } from "./emoji.mjs";
import { CANVAS, choose, whole } from "./hires.mjs";
import { readSets } from "./sets.mjs";

const RENDERS = 48;

export async function buildRenders(folder) {
  const { concepts, icons, styles } = JSON.parse(await readFile(path.join(folder, "concepts.json"), "utf8"));
  const held = JSON.parse(await readFile(new URL("held-out.json", import.meta.url), "utf8"));
  const sets = new Map(readSets(readEmoji()).map((set) => [set.set, set]));
  const cropped = new Set(choose(icons));
  const unseen = held.concept_style
    .map(([slug, style]) => {
      const icon = icons.find((one) => concepts[one.concept].slug === slug && styles[one.style] === style);
      return { name: `${slug}-${style}`, icon };
    })
    .filter(({ icon }) => !cropped.has(icon))
    .slice(0, RENDERS);

  const renders = path.join(folder, "renders");
  await mkdir(renders, { recursive: true });
  const raw = { width: CANVAS, height: CANVAS, channels: 3 };
  for (const { name, icon } of unseen) {
    await sharp(await whole(icon, sets), { raw }).toFile(path.join(renders, `${name}.png`));
  }
  return unseen.length;
}
