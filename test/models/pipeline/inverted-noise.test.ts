import { describe, expect, it } from "vitest";
import { limitInvertedNoise } from "../../../models/pipeline/inverted-noise.ts";
import { startNoise } from "../../../models/tensor/noise.ts";
import { norm, Tensor } from "../../../models/tensor/tensor.ts";

const SHAPE = [1, 3, 64, 64];
const noise = startNoise("decoder", 1, SHAPE);

/** Noise with a square of 8x8 pixels that is four times as strong. */
function speckled(): Tensor {
  const data = noise.data.map((value, i) => {
    const [row, column] = [Math.floor((i % 4096) / 64), i % 64];
    return row >= 20 && row < 28 && column >= 30 && column < 38 ? 4 * value : value;
  });
  return new Tensor(data, SHAPE);
}

/** RMS of the inner 4x4 pixels of that square. */
function strength({ data }: Tensor): number {
  const inner = data.filter((_, i) => {
    const [row, column] = [Math.floor((i % 4096) / 64), i % 64];
    return row >= 22 && row < 26 && column >= 32 && column < 36;
  });
  return Math.sqrt(inner.reduce((sum, value) => sum + value ** 2, 0) / inner.length);
}

describe("limitInvertedNoise", () => {
  it("leaves x_T as it is at its picture", () => {
    const x = speckled();
    expect(limitInvertedNoise(x, 0)).toBe(x);
  });

  it("limits the local RMS to 1.2 away from the picture", () => {
    expect(strength(speckled())).toBeGreaterThan(3);
    expect(strength(limitInvertedNoise(speckled(), 1))).toBeLessThan(1.3);
  });

  it("limits it in steps on the way", () => {
    const steps = [0, 0.05, 0.1, 0.25, 1].map((share) => strength(limitInvertedNoise(speckled(), share)));
    expect(steps.slice(0, 4)).toEqual(steps.slice(0, 4).toSorted((a, b) => b - a));
    expect(steps[4]).toBe(steps[3]);
  });

  it("hardly changes the noise of a new picture", () => {
    expect(norm(limitInvertedNoise(noise, 1)) / norm(noise)).toBeGreaterThan(0.99);
  });
});
