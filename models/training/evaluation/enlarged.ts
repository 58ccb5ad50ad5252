// How a bundle's last upsampler does on pictures of any kind, beside Lanczos: docs/performance.md.
//
//     npx tsx models/training/evaluation/enlarged.ts PICTURE... [--bundle DIR]
//
// Each picture's middle of 1024 px is made small as the engine makes pictures small, and enlarged again both ways.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { Stages } from "../../stages.ts";
import { decodePicture, encodePng } from "../../tensor/picture.ts";
import { resize } from "../../tensor/resize.ts";
import { clamp, type Tensor } from "../../tensor/tensor.ts";
import { upsample } from "../../upsampler/run.ts";

/** The share of a picture's places that count as its edges. */
const EDGES = 0.05;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { bundle: { type: "string" } } });
const stages = await Stages.open(values.bundle ?? "models/bundles/picto", { threads: 2 });
const { upsamplers, presets } = stages.bundle.spec;
const { from, to } = upsamplers.at(-1)!;
const [upsampler, sampling] = [(await stages.upsamplers(to)).at(-1)!, presets.standard.upsamplers.at(-1)!];

console.log(`${"".padEnd(24)}Lanczos: PSNR, edges   upsampler: PSNR, edges`);
for (const file of positionals) {
  const truth = await decodePicture(new Uint8Array(await readFile(file)), { size: to, fit: "crop" });
  const picture = clamp(resize(truth, from, from), -1, 1);
  const small = sharp(new Uint8Array(await encodePng(picture)));
  const lanczos = await small.resize(to, to, { kernel: "lanczos3" }).png().toBuffer();
  const ways = [
    await decodePicture(new Uint8Array(lanczos), { size: to, fit: "crop" }),
    await upsample(upsampler, { ...sampling, picture, seed: 1 }, {}),
  ];
  const told = ways.map((made) =>
    `${psnr(truth, made).toFixed(2)} dB, ${sharpness(truth, made).toFixed(2)}`.padEnd(23),
  );
  console.log(path.basename(file).padEnd(24) + told.join(""));
}
await stages.close();

/** Of pictures in [-1, 1], in dB. */
function psnr({ data }: Tensor, made: Tensor): number {
  const error = data.reduce((sum, value, i) => sum + (value - made.data[i]!) ** 2, 0) / data.length;
  return 10 * Math.log10(4 / error);
}

/** How steep the picture is where the truth is steepest, against the truth: 1 is as sharp, less is softer. */
function sharpness(truth: Tensor, made: Tensor): number {
  const [wanted, found] = [slopes(truth), slopes(made)];
  const least = Float64Array.from(wanted).sort()[Math.floor((1 - EDGES) * wanted.length)]!;
  let [sum, all] = [0, 0];
  for (const [i, slope] of wanted.entries()) {
    if (slope < least) continue;
    sum += found[i]!;
    all += slope;
  }
  return sum / all;
}

/** Of the channels' mean, at every place but the last row and column. */
function slopes({ data, shape }: Tensor): Float64Array {
  const side = shape[3]!;
  const plane = side * side;
  const at = (i: number) => data[i]! + data[i + plane]! + data[i + 2 * plane]!;
  const found = new Float64Array((side - 1) ** 2);
  for (let y = 0; y < side - 1; y++) {
    for (let x = 0; x < side - 1; x++) {
      const i = y * side + x;
      found[y * (side - 1) + x] = Math.hypot(at(i + 1) - at(i), at(i + side) - at(i));
    }
  }
  return found;
}
