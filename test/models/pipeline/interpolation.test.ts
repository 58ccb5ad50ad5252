import { describe, expect, it } from "vitest";
import {
  arcShares,
  guidanceRamp,
  linspace,
  rotateTowards,
  slerpPath,
  sphericalMean,
} from "../../../models/pipeline/interpolation.ts";
import { dot, norm, scale, Tensor } from "../../../models/tensor/tensor.ts";

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

describe("the mean on the sphere", () => {
  const points = [vector(1, 0, 0), vector(0, 1, 0), vector(0, 0, 1)] as const;
  const mean = (...weights: number[]) => sphericalMean(weights.map((weight, i) => ({ z: points[i]!, weight })));

  it("of one point is the point, and of two their slerp", () => {
    expect(mean(3)).toBe(points[0]);
    expect(mean(1, 0, 0)).toBe(points[0]);
    expect(mean(3, 1)).toEqual(slerpPath(points, 0.25));
  });

  it("is as far from each of three as their weights say, in any order and scale", () => {
    const even = mean(1, 1, 1);
    for (const value of even.data) expect(value).toBeCloseTo(1 / Math.sqrt(3), 6);
    const [a, b, c] = mean(2, 1, 1).data;
    expect(a).toBeGreaterThan(b!);
    expect(b).toBeCloseTo(c!, 6);
    const turned = sphericalMean([1, 2, 0].map((i) => ({ z: points[i]!, weight: [20, 10, 10][i]! })));
    for (const [i, value] of turned.data.entries()) expect(value).toBeCloseTo([a, b, c][i]!, 6);
  });

  it("balances the arcs to all points: their weighted sum is zero", () => {
    const away = [vector(0.9, 0.1, -0.3), vector(-0.2, 1, 0.4), vector(0.3, 0.2, 1), vector(1, 1, 1)];
    const weights = [0.5, 2, 1, 0.25];
    const at = sphericalMean(away.map((z, i) => ({ z: scale(1 / norm(z), z), weight: weights[i]! })));
    const pull = [0, 0, 0];
    for (const [i, z] of away.entries()) {
      const unit = scale(1 / norm(z), z);
      const turn = dot(at, unit);
      for (const k of pull.keys()) {
        pull[k]! += (weights[i]! * Math.acos(turn) * (unit.data[k]! - turn * at.data[k]!)) / Math.sqrt(1 - turn * turn);
      }
    }
    for (const component of pull) expect(component).toBeCloseTo(0, 5);
  });

  it("has the mean of the lengths", () => {
    const long = points.map((z, i) => ({ z: scale(i + 1, z), weight: 1 }));
    expect(norm(sphericalMean(long))).toBeCloseTo(2, 5);
  });

  it("does not exist for points that cancel out", () => {
    expect(() => sphericalMean([vector(1, 0), vector(-1, 0)].map((z) => ({ z, weight: 1 })))).toThrow("opposite");
    const cross = [vector(1, 0), vector(0, 1), vector(-1, 0), vector(0, -1)];
    expect(() => sphericalMean(cross.map((z) => ({ z, weight: 1 })))).toThrow("has no direction");
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
