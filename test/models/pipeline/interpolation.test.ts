import { describe, expect, it } from "vitest";
import { arcShares, guidanceRamp, linspace, rotateTowards, slerpPath } from "../../../models/pipeline/interpolation.ts";
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

describe("the guidance ramp", () => {
  it("is 0 at pictures and 1 half an arc away", () => {
    expect([0, 0.25, 0.5, 1].map((place) => guidanceRamp(place, [0], [1]))).toEqual([0, 0.5, 1, 1]);
    expect([1, 1.5, 1.75, 2].map((place) => guidanceRamp(place, [0, 2], [1, 1]))).toEqual([1, 1, 0.5, 0]);
    expect(guidanceRamp(0, [], [1])).toBe(1);
  });

  it("is lower on short arcs, and 0 between a picture and itself", () => {
    expect(guidanceRamp(0.5, [0, 1], [0])).toBe(0);
    expect(guidanceRamp(0.5, [0, 1], [0.25])).toBe(0.25);
    expect([0.5, 1.25, 1.5].map((place) => guidanceRamp(place, [0, 1], [0, 1]))).toEqual([0, 0.5, 1]);
  });
});

it("the shares of the arcs are their lengths, up to 30 degrees", () => {
  const turned = (degrees: number) => vector(Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180));
  const [same, half, full] = arcShares([turned(10), turned(10), turned(25), turned(115)]);
  expect(same).toBe(0);
  expect(half).toBeCloseTo(0.5, 6);
  expect(full).toBe(1);
  expect(arcShares([vector(0.1, 0.7, -0.3), vector(0.1, 0.7, -0.3)])).toEqual([0]);
});
