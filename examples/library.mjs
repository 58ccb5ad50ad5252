// Draws a caption and writes a PNG:  node examples/library.mjs "a green frog"
import { writeFile } from "node:fs/promises";
import { openUnclip } from "unclip";

const prompt = process.argv[2] ?? "a red apple on a blue background";
const unclip = await openUnclip();
const { pictures, warnings } = await unclip.generate({ prompt, seed: 7 });
await writeFile("picture.png", pictures[0].png);
for (const { message } of warnings) console.error(message);
await unclip.close();
