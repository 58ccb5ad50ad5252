import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dotBucket, sampleTopHalf } from "../../../models/prior/dot-token.ts";
import { Pca, Quantiser } from "../../../models/prior/pca.ts";
import { Tensor } from "../../../models/tensor/tensor.ts";

// Made by models/training/golden/pca.py.
const golden: {
  mean: number[];
  basis: number[][];
  z: number[][];
  coefficients: number[][];
  reconstructed: Record<string, number[][]>;
  quantiser: {
    buckets: number;
    low: number[];
    high: number[];
    coefficients: number[][];
    codes: number[][];
    centres: number[][];
  };
  dot: { buckets: number; quantiles: number[]; dots: number[]; codes: number[]; uniform: number[]; top: number[] };
} = JSON.parse(readFileSync(new URL("../../golden/pca.json", import.meta.url), "utf8"));

const D = golden.mean.length;
const vector = (values: number[]) => new Tensor(Float32Array.from(values), [values.length]);
const pca = new Pca(vector(golden.mean), new Tensor(Float32Array.from(golden.basis.flat()), [D, D]));

/** Every number within 1e-5, relative above 1. */
function expectClose(actual: ArrayLike<number>, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  const worst = Math.max(...expected.map((value, i) => Math.abs(value - actual[i]!) / Math.max(1, Math.abs(value))));
  expect(worst).toBeLessThan(1e-5);
}

describe("principal components", () => {
  it("project as NumPy does", () => {
    golden.z.forEach((z, row) => {
      expectClose(pca.project(Float32Array.from(z), D), golden.coefficients[row]!);
      expectClose(pca.project(Float32Array.from(z), 3), golden.coefficients[row]!.slice(0, 3));
    });
  });

  it.each(Object.entries(golden.reconstructed))("rebuild from the first %s components as NumPy does", (k, rows) => {
    rows.forEach((expected, row) => {
      const coefficients = Float32Array.from(golden.coefficients[row]!.slice(0, Number(k)));
      expectClose(pca.reconstruct(coefficients), expected);
    });
  });

  it("approaches the embedding with every component, and equals it with all", () => {
    for (const z of golden.z.map((row) => Float32Array.from(row))) {
      const errors = Array.from({ length: D + 1 }, (_, k) => {
        const rebuilt = pca.reconstruct(pca.project(z, k));
        return Math.hypot(...rebuilt.map((value, d) => value - z[d]!));
      });
      for (let k = 1; k <= D; k++) expect(errors[k]!).toBeLessThanOrEqual(errors[k - 1]! + 1e-5);
      expect(errors[D]).toBeLessThan(1e-5);
    }
  });

  it("give the mean without any component", () => {
    expect([...pca.reconstruct(new Float32Array(0))]).toEqual(golden.mean);
  });
});

describe("quantised coefficients", () => {
  const { buckets, low, high, coefficients, codes, centres } = golden.quantiser;
  const quantiser = new Quantiser(vector(low), vector(high), buckets);

  it("equal NumPy's buckets, and out of range the first or the last one", () => {
    const found = coefficients.map((row) => [...quantiser.quantise(Float32Array.from(row))]);
    expect(found).toEqual(codes);
  });

  it("are read back as the centres of the buckets", () => {
    codes.forEach((row, i) => {
      expectClose(quantiser.dequantise(Int32Array.from(row)), centres[i]!);
    });
  });

  const range = fc
    .tuple(fc.double({ min: -100, max: 100, noNaN: true }), fc.double({ min: 0.01, max: 100, noNaN: true }))
    .map(([start, width]) => [Math.fround(start), Math.fround(start + width)] as const);

  it("are at most half a bucket off within the range", () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(range, fc.integer({ min: 1, max: 1024 }), share, ([from, to], count, part) => {
        const one = new Quantiser(vector([from]), vector([to]), count);
        const value = Math.fround(from + part * (to - from));
        const back = one.dequantise(one.quantise(Float32Array.of(value)))[0]!;
        const rounding = 1e-6 * Math.max(Math.abs(from), Math.abs(to));
        expect(Math.abs(back - value)).toBeLessThanOrEqual((to - from) / count / 2 + rounding);
      }),
    );
  });

  it("map any number to a bucket, monotonically", () => {
    const number = fc.float({ noNaN: true });
    fc.assert(
      fc.property(range, fc.integer({ min: 1, max: 1024 }), number, number, ([from, to], count, a, b) => {
        const one = new Quantiser(vector([from, from]), vector([to, to]), count);
        const [lower, upper] = one.quantise(Float32Array.of(Math.min(a, b), Math.max(a, b)));
        expect(lower).toBeGreaterThanOrEqual(0);
        expect(upper).toBeLessThan(count);
        expect(lower).toBeLessThanOrEqual(upper!);
      }),
    );
  });

  it("map each bucket's centre to that bucket", () => {
    for (let code = 0; code < buckets; code++) {
      const all = new Int32Array(low.length).fill(code);
      expect([...quantiser.quantise(quantiser.dequantise(all))]).toEqual([...all]);
    }
  });
});

describe("the dot product's token", () => {
  const { buckets, dots, codes, uniform, top } = golden.dot;
  const quantiles = Float32Array.from(golden.dot.quantiles);

  it("has the bucket of its rank, as by NumPy's searchsorted", () => {
    expect(dots.map((dot) => dotBucket(dot, quantiles, buckets))).toEqual(codes);
    expect(codes[0]).toBe(0);
    expect(codes.at(-1)).toBe(buckets - 1);
  });

  it("is sampled between the median and the maximum, as by NumPy's quantile", () => {
    expectClose(
      uniform.map((u) => sampleTopHalf(quantiles, u)),
      top,
    );
  });

  it("reaches every bucket of the top half and none below the median's", () => {
    const drawn = new Set(
      Array.from({ length: 2000 }, (_, i) => dotBucket(sampleTopHalf(quantiles, i / 2000), quantiles, buckets)),
    );
    const median = dotBucket(quantiles[50]!, quantiles, buckets);
    expect(Math.min(...drawn)).toBe(median);
    expect(drawn.size).toBe(buckets - median);
  });
});
