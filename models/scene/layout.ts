// Composes two pictures into one: each thing at half its size, in its half of the picture.
import type { Place } from "../bundle/scenes.ts";
import { resize } from "../tensor/resize.ts";
import { Tensor } from "../tensor/tensor.ts";

/** Pixels at a picture's edge that show its background. */
const EDGE = 2;
const OTHER: Readonly<Record<Place, Place>> = { left: "right", right: "left", above: "below", below: "above" };

/** One or two pictures (1, 3, S, S) -> (1, 3, S, S), on a background of the median colour at their edges. */
export function layOut(things: readonly Tensor[], first: Place): Tensor {
  const [, channels, size] = things[0]!.shape as [number, number, number];
  const half = Math.floor(size / 2);
  const data = new Float32Array(channels * size * size);
  for (let channel = 0; channel < channels; channel++) {
    const ground = median(things.flatMap((thing) => edgeOf(plane(thing, channel), size)));
    data.fill(ground, channel * size * size, (channel + 1) * size * size);
  }
  things.forEach((thing, i) => {
    const { left, top } = cornerOf(i === 0 ? first : OTHER[first], size);
    const small = resize(thing, half, half).data;
    for (let row = 0; row < channels * half; row++) {
      const channel = Math.floor(row / half);
      const start = (channel * size + top + (row % half)) * size + left;
      data.set(small.subarray(row * half, (row + 1) * half), start);
    }
  });
  return new Tensor(data, [1, channels, size, size]);
}

function cornerOf(place: Place, size: number): { left: number; top: number } {
  const [half, quarter] = [Math.floor(size / 2), Math.floor(size / 4)];
  if (place === "left" || place === "right") return { left: place === "left" ? 0 : half, top: quarter };
  return { left: quarter, top: place === "above" ? 0 : half };
}

function plane({ data, shape }: Tensor, channel: number): Float32Array {
  const area = shape[2]! * shape[3]!;
  return data.subarray(channel * area, (channel + 1) * area);
}

function edgeOf(values: Float32Array, size: number): number[] {
  const within = (place: number) => place >= EDGE && place < size - EDGE;
  return Array.from(values).filter((_, i) => !(within(i % size) && within(Math.floor(i / size))));
}

function median(values: number[]): number {
  values.sort((a, b) => a - b);
  return values[values.length >> 1]!;
}
