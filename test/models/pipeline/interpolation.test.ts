import { describe, expect, it } from "vitest";
import { guidanceRamp, linspace, rotateTowards, slerpPath } from "../../../models/pipeline/interpolation.ts";
import { dot, norm, Tensor } from "../../../models/tensor/tensor.ts";

const vector = (...values: number[]) => new Tensor(Float32Array.from(values), [1, values.length]);

it("linspace is even and includes both ends; a single number is the last", () => {
  expect(linspace(5, 0, 2)).toEqual([0, 0.5, 1, 1.5, 2]);
  expect(linspace(1, 0, 0.35)).toEqual([0.35]);
  expect(linspace(3, 0, 0.3).at(-1)).toBe(0.3);
});

describe("a path through three ends", () => {
  const ends = [vector(1, 0, 0), vector(0, 1, 0), vector(0, 0, 2)];

  it("passes through each of them exactly", () => {
    for (const [place, end] of ends.entries()) expect(slerpPath(ends, place)).toBe(end);
  });

  it("follows the great circle between them, with lengths interpolated linearly", () => {
    const half = slerpPath(ends, 0.5);
    expect([...half.data]).toEqual([Math.SQRT1_2, Math.SQRT1_2, 0].map(Math.fround));
    expect(norm(slerpPath(ends, 1.5))).toBeCloseTo(1.5, 6);
  });
});

describe("turning towards a direction", () => {
  const z = vector(3, 0);

  it("keeps the length and rotates by the share of the angle", () => {
    const third = rotateTowards(z, vector(0, 0.01), 1 / 3);
    expect(norm(third)).toBeCloseTo(3, 6);
    expect(dot(third, z) / 9).toBeCloseTo(Math.cos(Math.PI / 6), 6);
  });

  it("by 0 returns the embedding itself", () => expect(rotateTowards(z, vector(0, 1), 0)).toBe(z));
});

it("the guidance ramp is 0 at pictures and 1 half an arc away", () => {
  expect([0, 0.25, 0.5, 1].map((place) => guidanceRamp(place, [0]))).toEqual([0, 0.5, 1, 1]);
  expect([1, 1.5, 1.75, 2].map((place) => guidanceRamp(place, [0, 2]))).toEqual([1, 1, 0.5, 0]);
  expect(guidanceRamp(0, [])).toBe(1);
});
