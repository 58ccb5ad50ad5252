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

test.each(golden.cases)("a part of $shape to $size is that part of the whole", ({ shape, input, size, output }) => {
  const [height, width] = size;
  const window = { left: width >> 2, top: height >> 1, width: width - (width >> 2), height: height - (height >> 1) };
  const part = resize(new Tensor(Float32Array.from(input), shape), height, width, window);
  expect(part.shape).toEqual([shape[0], shape[1], window.height, window.width]);
  part.data.forEach((value, i) => {
    const [plane, row] = [Math.floor(i / (window.width * window.height)), Math.floor(i / window.width) % window.height];
    const whole = (plane * height + window.top + row) * width + window.left + (i % window.width);
    expect(Math.abs(value - output[whole]!)).toBeLessThan(1e-5);
  });
});

test("the axis that shrinks goes first: no array of five billion numbers lies between", () => {
  const tall = new Tensor(new Float32Array(20_000).fill(0.5), [1, 1, 20_000, 1]);
  const wide = new Tensor(new Float32Array(20_000).fill(0.5), [1, 1, 1, 20_000]);
  for (const flat of [resize(tall, 2, 250_000), resize(wide, 250_000, 2)]) {
    expect(flat.data.every((value) => Math.abs(value - 0.5) < 1e-6)).toBe(true);
  }
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
