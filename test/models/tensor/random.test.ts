import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { philox, Random } from "../../../models/tensor/random.ts";

const seed = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const name = fc.string({ maxLength: 20 });

describe("philox", () => {
  // philox4x32 10 in Random123's tests/kat_vectors.
  test.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])("counter %j and key %j give Random123's words", (counter, key, expected) => {
    const out = new Uint32Array(4);
    philox(Uint32Array.from(counter), key as [number, number], out);
    expect(Array.from(out)).toEqual(expected);
  });
});

describe("a stream", () => {
  // Made by a Philox written apart in Python (integers, hashlib, math): a seed must draw the same picture for ever.
  test.each([
    [
      7,
      "decoder/initial",
      [0.6158478855200249, 0.18074072873983105, 0.41583499146322556],
      [0.583136, 1.254347, -0.075495],
    ],
    [
      2 ** 53 - 1,
      "prior/draw/0",
      [0.5972966635221476, 0.9896538889996819, 0.3674845184435901],
      [1.345895, -0.087615, 0.825639],
    ],
  ])("of seed %d and name %s keeps its numbers", (value, stream, uniforms, normals) => {
    const random = new Random(value, stream);
    expect(uniforms.map(() => random.uniform())).toEqual(uniforms);
    new Random(value, stream).normal([3]).data.forEach((number, i) => {
      expect(number).toBeCloseTo(normals[i]!, 5);
    });
  });

  test("is the same for the same seed and name, and a short draw begins a long one", () => {
    fc.assert(
      fc.property(seed, name, fc.integer({ min: 1, max: 40 }), (value, stream, length) => {
        const short = new Random(value, stream).normal([length]);
        const long = new Random(value, stream).normal([1, 41]);
        expect(Array.from(short.data)).toEqual(Array.from(long.data.subarray(0, length)));
      }),
    );
  });

  test("differs for another seed or another name, however near", () => {
    fc.assert(
      fc.property(seed, name, fc.integer({ min: 0, max: 52 }), (value, stream, bit) => {
        const near = Number(BigInt(value) ^ (1n << BigInt(bit)));
        const first = (random: Random) => [random.uniform(), random.uniform()];
        expect(first(new Random(near, stream))).not.toEqual(first(new Random(value, stream)));
        expect(first(new Random(value, `${stream}/1`))).not.toEqual(first(new Random(value, stream)));
      }),
    );
  });

  test("does not correlate with the streams of neighbouring seeds and steps", () => {
    const n = 20_000;
    const streams = [new Random(7, "decoder/step/1"), new Random(7, "decoder/step/2"), new Random(8, "decoder/step/1")];
    const [a, b, c] = streams.map((random) => random.normal([n]).data) as [Float32Array, Float32Array, Float32Array];
    for (const [x, y] of [
      [a, b],
      [a, c],
      [b, c],
    ] as const) {
      const correlation = x.reduce((sum, value, i) => sum + value * y[i]!, 0) / n;
      expect(Math.abs(correlation)).toBeLessThan(5 / Math.sqrt(n));
    }
  });

  test("takes seeds of 53 bits and nothing else", () => {
    for (const bad of [-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => new Random(bad, "x")).toThrow(expect.objectContaining({ code: "INVALID_REQUEST", field: "seed" }));
    }
    expect(new Random(Number.MAX_SAFE_INTEGER, "x").uniform()).toBeLessThan(1);
  });
});

describe("distributions", () => {
  test("normal numbers have the moments and tails of the standard normal", () => {
    const n = 200_000;
    const { data } = new Random(1, "moments").normal([n]);
    const moment = (power: number) => data.reduce((sum, value) => sum + value ** power, 0) / n;
    // Five standard errors each: sqrt(var(x^k) / n), var = 1, 2, 15, 96.
    expect(Math.abs(moment(1))).toBeLessThan(5 * Math.sqrt(1 / n));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    expect(Math.abs(moment(3))).toBeLessThan(5 * Math.sqrt(15 / n));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(5 * Math.sqrt(96 / n));
    const beyond = data.filter((value) => Math.abs(value) > 1.959964).length / n;
    expect(Math.abs(beyond - 0.05)).toBeLessThan(5 * Math.sqrt((0.05 * 0.95) / n));
  });

  test("neighbouring normals, which share a Box-Muller pair, are uncorrelated", () => {
    const n = 100_000;
    const { data } = new Random(2, "pairs").normal([2 * n]);
    let sum = 0;
    for (let i = 0; i < n; i++) sum += data[2 * i]! * data[2 * i + 1]!;
    expect(Math.abs(sum / n)).toBeLessThan(5 / Math.sqrt(n));
  });

  test("uniform numbers fill [0, 1) evenly", () => {
    const random = new Random(3, "bins");
    const bins = new Array<number>(16).fill(0);
    const n = 64_000;
    for (let i = 0; i < n; i++) bins[Math.floor(random.uniform() * 16)]!++;
    const chiSquared = bins.reduce((sum, count) => sum + (count - n / 16) ** 2 / (n / 16), 0);
    expect(chiSquared).toBeLessThan(44); // 15 degrees of freedom: p = 1e-4
  });

  test("has the requested shape, odd sizes too", () => {
    const tensor = new Random(4, "shape").normal([1, 3, 5, 7]);
    expect(tensor.shape).toEqual([1, 3, 5, 7]);
    expect(tensor.data[104]).not.toBe(0);
  });
});
