// The x_T of an inverted picture away from that picture (paper 3.2 and 3.3).
import { Tensor } from "../tensor/tensor.ts";

/** Pixels, the side of the square over which the RMS is taken. */
const SIDE = 5;
/** Noise of a new picture has an RMS of 1 everywhere; over 5x5 pixels of 3 channels it exceeds this in 1 of 100 squares. */
const LIMIT = 1.2;
/** The limit holds in full from this share of guidance on. */
const FULL_FROM = 0.25;

/**
 * x (1, C, H, W) with its local RMS limited. Where z_i does not explain a picture, inversion leaves the rest in x_T, far beyond
 * the noise that the decoder was trained on. From the picture's own z_i that rebuilds it; from another z_i it is drawn as specks.
 * `guidanceShare` (DecoderLatent.guidanceShare) is 0 at the picture, where x stays as it is, and grows away from it.
 */
export function limitInvertedNoise(x: Tensor, guidanceShare: number): Tensor {
  const amount = Math.min(1, guidanceShare / FULL_FROM);
  if (amount === 0) return x;
  const [, channels = 1, height = 1, width = 1] = x.shape;
  const rms = localRms(x.data, { channels, height, width });
  const pixels = height * width;
  const data = x.data.map((value, i) => {
    const factor = Math.min(1, LIMIT / rms[i % pixels]!);
    return value * (1 + amount * (factor - 1));
  });
  return new Tensor(data, x.shape);
}

type Size = { readonly channels: number; readonly height: number; readonly width: number };

/** Of each pixel: the RMS over all channels of the square around it, cut at the edges. */
function localRms(data: Float32Array, { channels, height, width }: Size): Float64Array {
  const energy = new Float64Array(height * width);
  for (const [i, value] of data.entries()) energy[i % energy.length]! += value ** 2 / channels;
  const reach = Math.floor(SIDE / 2);
  const clip = (value: number, size: number) => Math.min(size, Math.max(0, value));
  return energy.map((_, i) => {
    const [row, column] = [Math.floor(i / width), i % width];
    const [top, bottom] = [clip(row - reach, height), clip(row + reach + 1, height)];
    const [left, right] = [clip(column - reach, width), clip(column + reach + 1, width)];
    let sum = 0;
    for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) sum += energy[y * width + x]!;
    return Math.sqrt(sum / ((bottom - top) * (right - left)));
  });
}
