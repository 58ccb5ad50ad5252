// How far pictures of few steps are from those of many, by sampler: how many steps of DPM-Solver++ stand for those of DDIM.
//
//     npx tsx models/training/evaluation/solver-steps.ts [--bundle DIR] [--size PX] [--pictures N]
//
// Both solve the same differential equation from the same noise, so they end at the same picture, which 250 steps of
// DPM-Solver++ stand for. Prints the root mean square of the differences of all pixels, in levels of 255.
import { parseArgs } from "node:util";
import { decodePicture } from "../../tensor/picture.ts";
import { openUnclip } from "../../unclip.ts";

const REFERENCE = ["dpm-solver++", 250] as const;
const STEPS = { ddim: [10, 15, 25, 50, 100], "dpm-solver++": [6, 8, 10, 15, 20, 25, 50] } as const;
const PROMPT = "a red apple on a blue background";

const { values } = parseArgs({
  options: {
    bundle: { type: "string", default: "models/bundles/picto" },
    size: { type: "string", default: "64" },
    pictures: { type: "string", default: "4" },
  },
});
const unclip = await openUnclip(values.bundle);

async function draw(sampler: "ddim" | "dpm-solver++", steps: number): Promise<Float32Array[]> {
  const size = Number(values.size);
  const count = Number(values.pictures);
  const { pictures } = await unclip.generate({ prompt: PROMPT, seed: 1, size, count, sampler, steps });
  return Promise.all(pictures.map(async ({ png }) => (await decodePicture(png, { size, fit: "squash" })).data));
}

function distance(one: readonly Float32Array[], other: readonly Float32Array[]): number {
  const squares = one.flatMap((picture, i) =>
    Array.from(picture, (value, at) => (127.5 * (value - other[i]![at]!)) ** 2),
  );
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
}

const reference = await draw(...REFERENCE);
console.log("| sampler | steps | distance |\n|---|---|---|");
for (const sampler of ["ddim", "dpm-solver++"] as const) {
  for (const steps of STEPS[sampler]) {
    console.log(`| ${sampler} | ${steps} | ${distance(await draw(sampler, steps), reference).toFixed(2)} |`);
  }
}
await unclip.close();
