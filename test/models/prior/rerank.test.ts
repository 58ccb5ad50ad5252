import { expect, it } from "vitest";
import type { Caption } from "../../../models/clip/encode.ts";
import { bestOf } from "../../../models/prior/rerank.ts";
import { Tensor } from "../../../models/tensor/tensor.ts";

const vector = (...values: number[]) => new Tensor(Float32Array.from(values), [1, values.length]);
const caption: Caption = {
  text: "",
  embedding: vector(1, 0),
  states: vector(0),
  mask: vector(0),
  reading: { unknown: [], leavesOut: false },
};
const draws = [vector(0, 1), vector(0.6, 0.8), vector(0.6, -0.8)];

it("keeps the draw that is nearer to the caption, the earlier of equals", () => {
  const best = (count: number) => bestOf(draws.slice(0, count), caption);
  expect(best(1)).toBe(draws[0]);
  expect(best(2)).toBe(draws[1]);
  expect(best(3)).toBe(draws[1]);
});

it("does not take a longer draw for a nearer one", () => {
  const long = vector(5, 5);
  expect(bestOf([long, draws[1]!, vector(0.3, 0.1)], caption)).toEqual(vector(0.3, 0.1));
});
