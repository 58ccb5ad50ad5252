/**
 * Builds the training data from published icon sets, into models/training/cache/data.
 *
 *   node data/build.mjs           concepts.json + icons-256.bin
 *   node data/build.mjs --hires   hires-1024.bin + hires.json, and renders/ (needs the first step's concepts.json)
 *
 * The same package versions give the same bytes.
 */
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { buildHires } from "./hires.mjs";
import { buildIcons } from "./icons.mjs";
import { buildRenders } from "./renders.mjs";
import { STYLES } from "./sets.mjs";

const folder = fileURLToPath(new URL("../cache/data/", import.meta.url));
await mkdir(folder, { recursive: true });

if (process.argv.includes("--hires")) {
  const { count, icons, digest } = await buildHires(folder);
  console.log(`${count} crops from ${icons} icons, digest ${digest}`);
  console.log(`${await buildRenders(folder)} renders of icons that are in no training`);
} else {
  const { concepts, icons, skipped, digest } = await buildIcons(folder);
  console.log(`${concepts.length} concepts, ${icons.length} icons, digest ${digest}`);
  STYLES.forEach((name, style) => {
    console.log(`  ${name.padEnd(9)} ${icons.filter((icon) => icon.style === style).length}`);
  });
  console.log(`skipped ${skipped.length}: ${skipped.join(", ") || "none"}`);
}
