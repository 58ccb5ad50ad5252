// Upscales a picture in several ways and measures how close each comes to the original.
import sharp from "sharp";
import type { Sampling } from "../../bundle/presets.ts";
import { decodePicture, encodePng } from "../../tensor/picture.ts";
import { resize } from "../../tensor/resize.ts";
import { clamp, type Tensor } from "../../tensor/tensor.ts";
import { type Upsampler, upsample } from "../../upsampler/upsample.ts";

/** Share of the positions that count as edges. */
const EDGES = 0.01;

export const WAYS = ["bicubic", "Lanczos", "upsampler"] as const;
export type Way = (typeof WAYS)[number];
export type Measured = { readonly psnr: number; readonly edges: number };

/** Everything of shape (1, 3, to, to) in [-1, 1]. */
export type Upscaled = { readonly truth: Tensor; readonly made: Readonly<Record<Way, Tensor>> };

/** Crops the picture to `to` px, reduces it to `from` px as the engine does, and upscales it again in every way. */
export async function upscale(
  picture: Uint8Array,
  from: number,
  upsampler: Upsampler,
  sampling: Sampling,
): Promise<Upscaled> {
  const { to } = upsampler;
  const truth = await decodePicture(picture, { size: to, fit: "crop" });
  const small = clamp(resize(truth, from, from), -1, 1);
  const lanczos = sharp(new Uint8Array(await encodePng(small))).resize(to, to, { kernel: "lanczos3" });
  const made = {
    bicubic: clamp(resize(small, to, to), -1, 1),
    Lanczos: await decodePicture(new Uint8Array(await lanczos.png().toBuffer()), { size: to, fit: "crop" }),
    upsampler: await upsample(upsampler, { ...sampling, picture: small, seed: 1 }, {}),
  };
  return { truth, made };
}

/** psnr: in dB. edges: the slope where the original is steepest, divided by the original's; 1 is as sharp. */
export function measure(truth: Tensor, made: Tensor): Measured {
  return { psnr: psnr(truth, made), edges: sharpness(truth, made) };
}

function psnr({ data }: Tensor, made: Tensor): number {
  const error = data.reduce((sum, value, i) => sum + (value - made.data[i]!) ** 2, 0) / data.length;
  return 10 * Math.log10(4 / error);
}

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

/** Gradient magnitude of the sum of the channels, without the last row and column. */
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
