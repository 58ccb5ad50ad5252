import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UnclipError } from "../../../models/errors.ts";
import {
  allFinite,
  clamp,
  dot,
  linear,
  norm,
  normalise,
  scale,
  slerp,
  split,
  stack,
  Tensor,
  zeros,
} from "../../../models/tensor/tensor.ts";

const vector = (...values: number[]) => new Tensor(Float32Array.from(values), [1, values.length]);
const values = (tensor: Tensor) => Array.from(tensor.data);

describe("a tensor", () => {
  test("has as many numbers as its shape says", () => {
    expect(zeros([2, 3, 4]).data).toHaveLength(24);
    expect(() => new Tensor(new Float32Array(5), [2, 3])).toThrow("The shape [2,3] needs 6 numbers, got 5");
    expect(() => new Tensor(new Float32Array(6), [-2, -3])).toThrow(UnclipError);
    expect(() => zeros([1.5, 2])).toThrow();
  });

  test("does not change when the shape it was given does", () => {
    const shape = [1, 2];
    const tensor = zeros(shape);
    shape.push(9);
    expect(tensor.shape).toEqual([1, 2]);
  });
});

describe("stack and split", () => {
  test("join batches of unequal length in order", () => {
    const joined = stack([new Tensor(Float32Array.of(1, 2, 3, 4), [2, 2]), vector(5, 6)]);
    expect(joined.shape).toEqual([3, 2]);
    expect(values(joined)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("undo each other without sharing memory", () => {
    const joined = stack([vector(1, 2), vector(3, 4)]);
    const parts = split(joined, 2);
    expect(parts.map(values)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    parts[0]!.data[0] = 9;
    expect(joined.data[0]).toBe(1);
  });

  test("refuse what does not fit", () => {
    expect(() => stack([])).toThrow("batch axis");
    expect(() => stack([vector(1, 2), vector(1, 2, 3)])).toThrow("[1,2] and [1,3]");
    expect(() => split(zeros([3, 2]), 2)).toThrow("no 2 equal parts");
  });
});

describe("arithmetic", () => {
  test("linear, scale, clamp, dot, norm", () => {
    expect(values(linear(2, vector(1, 2), -1, vector(3, 5)))).toEqual([-1, -1]);
    expect(values(scale(-2, vector(1, 0.5)))).toEqual([-2, -1]);
    expect(values(clamp(vector(-3, 0.25, 3), -1, 1))).toEqual([-1, 0.25, 1]);
    expect(dot(vector(1, 2, 3), vector(4, 5, 6))).toBe(32);
    expect(norm(vector(3, 4))).toBe(5);
    expect(() => linear(1, vector(1), 1, vector(1, 2))).toThrow("linear: the shapes [1,1] and [1,2] do not match");
    expect(() => dot(zeros([4]), zeros([2, 2]))).toThrow();
  });

  test("clamp keeps NaN visible instead of turning it into a bound", () => {
    expect(values(clamp(vector(Number.NaN), -1, 1))).toEqual([Number.NaN]);
  });

  test("normalise gives norm 1, and refuses what has no direction", () => {
    expect(values(normalise(vector(3, 4)))).toEqual([Math.fround(0.6), Math.fround(0.8)]);
    expect(() => normalise(vector(0, 0))).toThrow(expect.objectContaining({ code: "NUMERIC_FAILURE" }));
    expect(() => normalise(vector(Number.NaN, 1))).toThrow(expect.objectContaining({ code: "NUMERIC_FAILURE" }));
  });

  test("allFinite finds a single NaN or infinity", () => {
    expect(allFinite(vector(1, -2, 0))).toBe(true);
    expect(allFinite(vector(1, Number.NaN))).toBe(false);
    expect(allFinite(vector(Number.NEGATIVE_INFINITY, 1))).toBe(false);
  });
});

describe("slerp", () => {
  const direction = fc
    .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 8, maxLength: 8 })
    .map((numbers) => vector(...numbers))
    .filter((tensor) => norm(tensor) > 0.1);

  test("goes round the circle at an even pace", () => {
    const [a, b] = [vector(1, 0), vector(0, 1)];
    for (const theta of [0, 0.25, 0.5, 0.75, 1]) {
      const [x, y] = values(slerp(a, b, theta));
      expect(x).toBeCloseTo(Math.cos((theta * Math.PI) / 2), 6);
      expect(y).toBeCloseTo(Math.sin((theta * Math.PI) / 2), 6);
    }
  });

  test("takes the angle from unit vectors and the norm from a line, whatever the norms are", () => {
    fc.assert(
      fc.property(direction, direction, fc.double({ min: 0, max: 1, noNaN: true }), (a, b, theta) => {
        const whole = dot(normalise(a), normalise(b));
        fc.pre(Math.abs(whole) < 0.999);
        const between = slerp(a, scale(5, b), theta);
        expect(norm(between)).toBeCloseTo((1 - theta) * norm(a) + theta * 5 * norm(b), 4);
        const walked = Math.acos(Math.min(1, dot(normalise(a), normalise(between))));
        expect(walked).toBeCloseTo(theta * Math.acos(whole), 2);
      }),
    );
  });

  test("reaches both ends, and is a straight line between parallel vectors", () => {
    fc.assert(
      fc.property(direction, direction, (a, b) => {
        fc.pre(Math.abs(dot(normalise(a), normalise(b))) < 0.999);
        expect(norm(linear(1, slerp(a, b, 0), -1, a))).toBeLessThan(1e-6);
        expect(norm(linear(1, slerp(a, b, 1), -1, b))).toBeLessThan(1e-6);
      }),
    );
    expect(values(slerp(vector(1, 2), vector(3, 6), 0.5))).toEqual([2, 4]);
  });

  test("refuses opposite and zero vectors instead of giving NaN", () => {
    expect(() => slerp(vector(1, 0), vector(-2, 0), 0.5)).toThrow("opposite");
    expect(() => slerp(vector(0, 0), vector(1, 0), 0.5)).toThrow("zero vector");
  });
});
