import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { resize } from "../../../models/tensor/resize.ts";
import { Tensor, zeros } from "../../../models/tensor/tensor.ts";

interface Case {
  shape: number[];
  input: number[];
  size: [number, number];
  output: number[];
}

// Written by models/training/golden/resize.py.
const golden = JSON.parse(readFileSync(new URL("../../golden/resize.json", import.meta.url), "utf8")) as {
  cases: Case[];
};

test.each(golden.cases)("$shape to $size gives PyTorch's numbers", ({ shape, input, size, output }) => {
  const resized = resize(new Tensor(Float32Array.from(input), shape), ...size);
  expect(resized.shape).toEqual([shape[0], shape[1], ...size]);
  const worst = Math.max(...output.map((value, i) => Math.abs(value - resized.data[i]!)));
  expect(resized.data).toHaveLength(output.length);
  expect(worst).toBeLessThan(1e-5);
});

test("a flat picture stays flat, up and down", () => {
  const flat = new Tensor(new Float32Array(3 * 64 * 64).fill(0.3), [1, 3, 64, 64]);
  for (const side of [256, 17]) {
    expect(resize(flat, side, side).data.every((value) => Math.abs(value - 0.3) < 1e-6)).toBe(true);
  }
});

test("refuses shapes that are no pictures", () => {
  expect(() => resize(zeros([3, 4, 4]), 8, 8)).toThrow("cannot bring [3,4,4] to 8 x 8");
  expect(() => resize(zeros([1, 3, 4, 4]), 0, 8)).toThrow("to 0 x 8");
});
