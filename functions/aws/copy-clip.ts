// Copies what a bundle's CLIP is made of: node copy-clip.js FROM TO. Runs while the image of the function that embeds is built.
import { chmod, copyFile, mkdir } from "node:fs/promises";
import path from "node:path";
import { readSpec } from "../../models/bundle/open.ts";
import { filesOfPart } from "../../models/bundle/parts.ts";

const [from, to] = process.argv.slice(2);

if (from === undefined || to === undefined) {
  console.error("Usage: copy-clip FROM TO");
  process.exitCode = 2;
} else {
  await mkdir(to, { recursive: true });
  for (const file of ["bundle.json", ...filesOfPart(await readSpec(from), "clip")]) {
    const copy = path.join(to, file);
    await copyFile(path.join(from, file), copy);
    // Lambda runs as a user who owns none of these files.
    await chmod(copy, 0o755);
  }
}
