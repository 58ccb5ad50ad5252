import { expect, it } from "vitest";
import type { Caption } from "../../../models/clip/encode.ts";
import { bestOf } from "../../../models/prior/rerank.ts";
import { Tensor } from "../../../models/tensor/tensor.ts";

const vector = (...values: number[]) => new Tensor(Float32Array.from(values), [1, values.length]);
const caption: Caption = {
  text: "",
  named: "",
  embedding: vector(1, 0),
  states: vector(0),
  mask: vector(0),
  reading: { unknown: [], leavesOut: false, isEmpty: false },
};
const samples = [vector(0, 1), vector(0.6, 0.8), vector(0.6, -0.8)];

it("the sample closest to the caption is used, the first of equals", () => {
  const best = (count: number) => bestOf(samples.slice(0, count), caption);
  expect(best(1)).toBe(samples[0]);
  expect(best(2)).toBe(samples[1]);
  expect(best(3)).toBe(samples[1]);
});

it("a longer embedding does not count as closer", () => {
  const long = vector(5, 5);
  expect(bestOf([long, samples[1]!, vector(0.3, 0.1)], caption)).toEqual(vector(0.3, 0.1));
});
