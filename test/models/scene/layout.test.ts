import { expect, it } from "vitest";
import { layOut } from "../../../models/scene/layout.ts";
import { Tensor } from "../../../models/tensor/tensor.ts";

const SIZE = 16;

/** A square of one value in the middle of a ground of another: (1, 3, SIZE, SIZE). */
function square(value: number, ground: number): Tensor {
  const data = Float32Array.from({ length: 3 * SIZE * SIZE }, (_, i) => {
    const [x, y] = [i % SIZE, Math.floor(i / SIZE) % SIZE];
    return Math.max(Math.abs(x - 7.5), Math.abs(y - 7.5)) < 5 ? value : ground;
  });
  return new Tensor(data, [1, 3, SIZE, SIZE]);
}

it.each([
  ["left", [4, 8], [12, 8]],
  ["right", [12, 8], [4, 8]],
  ["above", [8, 4], [8, 12]],
  ["below", [8, 12], [8, 4]],
] as const)("puts the first thing %s", (first, one, other) => {
  const picture = layOut([square(1, -0.5), square(0.5, -0.5)], first);
  const at = ([x, y]: readonly [number, number]) => picture.data[y * SIZE + x];
  expect(picture.shape).toEqual([1, 3, SIZE, SIZE]);
  expect([at(one), at(other)]).toEqual([expect.closeTo(1, 5), expect.closeTo(0.5, 5)]);
  for (const corner of [
    [0, 0],
    [15, 0],
    [0, 15],
    [15, 15],
  ] as const)
    expect(at(corner)).toBe(-0.5);
});

it("the background is the median of both edges, and one thing is shown before the other exists", () => {
  const alone = layOut([square(1, 0.25)], "left");
  expect(alone.data[0]).toBe(0.25);
  expect(alone.data[8 * SIZE + 12]).toBe(0.25);
});
