// Reference numbers of diffusers' pipelines: test/golden/NAME.json and .safetensors, written by models/training/NAME/golden.py.
import { readFileSync } from "node:fs";
import sharp from "sharp";
import { expect } from "vitest";
import { readSafetensors } from "../../../models/tensor/safetensors.ts";
import { Tensor } from "../../../models/tensor/tensor.ts";

/** Between fp32 in ONNX Runtime and in PyTorch, after all steps of a stage. */
export const TOLERANCE = 1e-4;
/** One of 255 levels of a channel, for pictures in [-1, 1]. */
export const ONE_OF_255 = 2 / 255;

/** `Described` is the form of the JSON file. */
export function readReferences<Described>(name: string) {
  const golden = (file: string) => readFileSync(new URL(`../../golden/${file}`, import.meta.url));
  const numbers = readSafetensors(golden(`${name}.safetensors`));
  const theirs = (name: string): Float32Array => numbers.get(name)!.data;
  return {
    cases: JSON.parse(golden(`${name}.json`).toString()) as Described,
    theirs,
    tensor: (name: string, shape: readonly number[]) => new Tensor(theirs(name), shape),
    /** The largest difference from diffusers' numbers, of which every `stride`-th is kept. */
    distance(ours: Float32Array, name: string, stride = 1): number {
      const kept = theirs(name);
      expect(kept).toHaveLength(Math.ceil(ours.length / stride));
      return kept.reduce((most, value, i) => Math.max(most, Math.abs(value - ours[i * stride]!)), 0);
    },
    /** The same for a picture file of `size` pixels, in levels of 255. */
    async levels(png: Uint8Array, name: string, { size, stride }: { size: number; stride: number }): Promise<number> {
      const drawn = await sharp(png).removeAlpha().raw().toBuffer();
      return theirs(name).reduce((most, value, k) => {
        const [channel, pixel] = [Math.floor((k * stride) / size ** 2), (k * stride) % size ** 2];
        return Math.max(most, Math.abs(drawn[3 * pixel + channel]! - Math.round((value + 1) * 127.5)));
      }, 0);
    },
  };
}

/** The picture of golden.py's formula, as a PNG. */
export async function wave(width: number, height: number): Promise<Uint8Array> {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < 3; channel++) {
        const value = 127.5 * (1 + Math.sin(x / (9 + channel)) * Math.cos(y / 7 - channel));
        data[(y * width + x) * 3 + channel] = Math.floor(value + 0.5);
      }
    }
  }
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}
