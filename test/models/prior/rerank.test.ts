import { expect, it } from "vitest";
import type { Caption } from "../../../models/clip/run.ts";
import { bestDraw } from "../../../models/prior/rerank.ts";
import { Tensor } from "../../../models/tensor/tensor.ts";

const vector = (...values: number[]) => new Tensor(Float32Array.from(values), [1, values.length]);
const caption: Caption = { text: "", embedding: vector(1, 0), states: vector(0), mask: vector(0) };
const draws = [vector(0.1, 0.9), vector(0.6, 0.1), vector(0.6, 0.2)];

it("keeps the draw with the higher dot product with the caption, the earlier of equals", async () => {
  const best = (count: number) => bestDraw(count, caption, async (index) => draws[index]!, {});
  expect(await best(1)).toBe(draws[0]);
  expect(await best(2)).toBe(draws[1]);
  expect(await best(3)).toBe(draws[1]);
});

it("counts the steps of all draws as one run", async () => {
  const told: number[][] = [];
  const draw = async (index: number, { onStep }: Parameters<Parameters<typeof bestDraw>[2]>[1]) => {
    for (const step of [1, 2]) onStep?.({ step, steps: 2 });
    return draws[index]!;
  };
  await bestDraw(2, caption, draw, { onStep: ({ step, steps }) => told.push([step, steps]) });
  expect(told).toEqual([1, 2, 3, 4].map((step) => [step, 4]));
});
