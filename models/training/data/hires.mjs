/**
 * The upsampler step: hires-1024.bin (uint8, M x 256 x 256 x 3), crops of icons
 * drawn at 1024 px on the named backgrounds.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { readEmoji } from "./emoji.mjs";
import { inOrder, renderSvg } from "./render.mjs";
import { below, unit } from "./seed.mjs";
import { readSets, STYLES } from "./sets.mjs";

export const CANVAS = 1024;
const DRAWN = 860;
const CROP = 256;
const CROPS_PER_ICON = 6;
// Most of a pictogram is flat; of this many places the busiest one is taken.
const PLACES_PER_CROP = 3;
const ICONS = 700;
const AT_ONCE = 4;

const backgrounds = Object.values(JSON.parse(await readFile(new URL("backgrounds.json", import.meta.url), "utf8"))).map(
  (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)),
);

const keyOf = ({ set, icon }) => `${set}:${icon}`;

/** The icons that crops are made of: an equal share of every style, taken in hash order. */
export function choose(icons) {
  return STYLES.flatMap((_, style) =>
    icons
      .filter((icon) => icon.style === style)
      .sort((a, b) => unit("hires", keyOf(a)) - unit("hires", keyOf(b)))
      .slice(0, Math.ceil(ICONS / STYLES.length)),
  );
}

/** The icon in the middle of a plain canvas, on a background by hash: CANVAS x CANVAS x RGB. */
export async function whole(icon, sets) {
  const rgba = await renderSvg(sets.get(icon.set).svg(icon.icon, DRAWN), DRAWN);
  return compose(rgba, backgrounds[below(backgrounds.length, "background", keyOf(icon))]);
}

/** RGBA of DRAWN px in the middle of a plain canvas, RGB. */
function compose(rgba, background) {
  const canvas = Buffer.alloc(CANVAS * CANVAS * 3);
  for (let i = 0; i < canvas.length; i++) canvas[i] = background[i % 3];
  const margin = (CANVAS - DRAWN) / 2;
  for (let y = 0; y < DRAWN; y++) {
    for (let x = 0; x < DRAWN; x++) {
      const from = (y * DRAWN + x) * 4;
      const to = ((y + margin) * CANVAS + x + margin) * 3;
      const alpha = rgba[from + 3] / 255;
      for (let c = 0; c < 3; c++) canvas[to + c] = Math.round(rgba[from + c] * alpha + background[c] * (1 - alpha));
    }
  }
  return canvas;
}

function cropAt(canvas, left, top) {
  const crop = Buffer.alloc(CROP * CROP * 3);
  for (let y = 0; y < CROP; y++) {
    const from = ((top + y) * CANVAS + left) * 3;
    canvas.copy(crop, y * CROP * 3, from, from + CROP * 3);
  }
  return crop;
}

function variance(pixels) {
  let total = 0;
  for (let c = 0; c < 3; c++) {
    let sum = 0;
    let squares = 0;
    for (let i = c; i < pixels.length; i += 3) {
      sum += pixels[i];
      squares += pixels[i] * pixels[i];
    }
    const n = pixels.length / 3;
    total += squares / n - (sum / n) ** 2;
  }
  return total;
}

function crops(canvas, key) {
  return Array.from({ length: CROPS_PER_ICON }, (_, n) => {
    const places = Array.from({ length: PLACES_PER_CROP }, (_, place) =>
      cropAt(canvas, ...["x", "y"].map((axis) => below(CANVAS - CROP + 1, "crop", key, n, place, axis))),
    );
    const rated = places.map((pixels) => ({ pixels, rating: variance(pixels) }));
    return rated.reduce((best, next) => (next.rating > best.rating ? next : best)).pixels;
  });
}

export async function buildHires(folder) {
  const { icons } = JSON.parse(await readFile(path.join(folder, "concepts.json"), "utf8"));
  const sets = new Map(readSets(readEmoji()).map((set) => [set.set, set]));
  const chosen = choose(icons);

  const binPath = path.join(folder, "hires-1024.bin");
  const bin = createWriteStream(`${binPath}.part`);
  const hash = createHash("sha256");
  let count = 0;
  const draw = async (icon) => crops(await whole(icon, sets), keyOf(icon));
  for await (const cropsOfIcon of inOrder(chosen, AT_ONCE, draw)) {
    for (const crop of cropsOfIcon) {
      hash.update(crop);
      if (!bin.write(crop)) await once(bin, "drain");
      count++;
    }
  }
  bin.end();
  await once(bin, "finish");
  const digest = hash.digest("hex");
  await rename(`${binPath}.part`, binPath);
  await writeFile(
    path.join(folder, "hires.json"),
    JSON.stringify({ count, size: CROP, icons: chosen.length, digest }, null, 1),
  );
  return { count, icons: chosen.length, digest };
}
