/**
 * Draws every picture of README.md and docs/guide/gallery.md again, with the command line, into docs/pictures:
 *
 *   node docs/draw.mjs
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";

const HERO = [
  "a red apple in flat style on a teal background",
  "a rocket in noto style on a purple background",
  "a blue fox in noto style on a white background",
  "a smiling face with sunglasses in 3d style on a black background",
  "a green automobile in twemoji style on a black background",
  "a soccer ball in noto style on a green background",
  "a red heart in flat style on a pink background",
  "a purple turtle in twemoji style on an orange background",
  "an octopus in flat style on a yellow background",
  "a birthday cake in noto style on a grey background",
  "a crown in twemoji style on a red background",
  "a cactus in 3d style on a brown background",
];
const pictures = new URL("pictures/", import.meta.url).pathname;
mkdirSync(pictures, { recursive: true });
const scratch = mkdtempSync(join(tmpdir(), "unclip-docs-"));

/** Runs one command; returns what it says it wrote. */
function unclip(...words) {
  console.error(`unclip ${words.map((word) => (/\s/.test(word) ? `"${word}"` : word)).join(" ")}`);
  const main = new URL("../functions/cli/main.ts", import.meta.url).pathname;
  return JSON.parse(execFileSync("node", ["--import", "tsx", main, ...words, "--json"], { encoding: "utf8" }));
}

/** One command that makes several pictures: its sheet, kept as docs/pictures/<name>.png. */
function sheet(name, ...words) {
  copyFileSync(unclip(...words, "--out", join(scratch, `${name}.png`)).sheet, join(pictures, `${name}.png`));
}

async function hero() {
  const side = 192;
  const tiles = HERO.map((caption, i) => {
    const out = join(scratch, `hero-${i}.png`);
    unclip("generate", caption, "--seed", "1", "--out", out);
    return { caption, out };
  });
  const columns = 6;
  const composite = await Promise.all(
    tiles.map(async ({ out }, i) => ({
      input: await sharp(out).resize(side).toBuffer(),
      left: (i % columns) * side,
      top: Math.floor(i / columns) * side,
    })),
  );
  const [width, height] = [columns * side, Math.ceil(tiles.length / columns) * side];
  await sharp({ create: { width, height, channels: 3, background: "white" } })
    .composite(composite)
    .png()
    .toFile(join(pictures, "hero.png"));
}

await hero();
const apple = join(pictures, "apple.png");
const frog = join(pictures, "frog.png");
unclip("generate", "a red apple in flat style on a blue background", "--seed", "7", "--out", apple);
unclip("generate", "a frog in twemoji style on a pink background", "--seed", "7", "--out", frog);
for (const prior of ["diffusion", "autoregressive"]) {
  sheet(
    `prior-${prior}`,
    "generate",
    "a rocket on a purple background",
    "--prior",
    prior,
    "--count",
    "8",
    "--seed",
    "1",
  );
}
sheet(
  "pair",
  "generate",
  "a cat face to the left of a soccer ball in noto style on a teal background",
  "--count",
  "4",
  "--seed",
  "1",
);
for (const strength of ["0", "0.5", "1"]) {
  sheet(`variations-${strength}`, "variations", apple, "--strength", strength, "--count", "4", "--seed", "1");
}
sheet("colours", "generate", "a blue fox in noto style", "--count", "4", "--seed", "1");
sheet("interpolate", "interpolate", apple, frog, "--frames", "8", "--seed", "1");
unclip("interpolate", apple, frog, "--frames", "16", "--seed", "1", "--out", join(pictures, "interpolate.webp"));
sheet("manipulate", "manipulate", apple, "--from", "a red apple", "--to", "a green apple", "--frames", "6");
sheet("reconstruct", "reconstruct", apple, "--dimensions", "5,10,20,40,80,160,256", "--seed", "1");
unclip(
  "generate",
  "a red apple in flat style on a blue background",
  "--seed",
  "7",
  "--size",
  "1024",
  "--out",
  join(scratch, "1024.png"),
);
await sharp(join(scratch, "1024.png")).resize(512).png().toFile(join(pictures, "apple-1024.png"));
