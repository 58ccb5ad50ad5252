import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";
import { animate, contactSheet } from "../../../models/tensor/picture.ts";
import { Tensor, zeros } from "../../../models/tensor/tensor.ts";

/** A flat picture; the colour's parts are from -1 to 1. */
function flat(size: number, ...colour: [number, number, number]): Tensor {
  const data = new Float32Array(3 * size * size);
  colour.forEach((value, channel) => {
    data.fill(value, channel * size * size, (channel + 1) * size * size);
  });
  return new Tensor(data, [1, 3, size, size]);
}

const RED = flat(32, 1, -1, -1);
const GREEN = flat(32, -1, 1, -1);
const BLUE = flat(32, -1, -1, 1);

async function pixels(bytes: Uint8Array, pages = 1) {
  const { data, info } = await sharp(bytes, { pages }).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { ...info, at: (x: number, y: number) => Array.from(data.subarray((y * info.width + x) * 3).subarray(0, 3)) };
}

describe("contactSheet", () => {
  test("lays pictures row by row with a white gap of a 32nd, and white where none is left", async () => {
    const { width, height, at } = await pixels(await contactSheet([RED, GREEN, BLUE], 2));
    expect([width, height]).toEqual([67, 67]); // 1 + 32 + 1 + 32 + 1
    expect(at(1, 1)).toEqual([255, 0, 0]);
    expect(at(34, 1)).toEqual([0, 255, 0]);
    expect(at(1, 34)).toEqual([0, 0, 255]);
    for (const [x, y] of [
      [0, 0],
      [33, 16],
      [50, 50],
    ] as const) {
      expect(at(x, y)).toEqual([255, 255, 255]);
    }
  });

  test("is no wider than its pictures need", async () => {
    expect(await pixels(await contactSheet([RED], 8))).toMatchObject({ width: 34, height: 34 });
  });

  test("refuses none, unequal sizes, and no columns", async () => {
    await expect(contactSheet([], 2)).rejects.toThrow("all of one size");
    await expect(contactSheet([RED, zeros([1, 3, 8, 8])], 2)).rejects.toThrow("all of one size");
    await expect(contactSheet([RED], 0)).rejects.toThrow("0 columns");
  });
});

describe("animate", () => {
  // picture.ts closes every loader but three; reading a GIF back is this test's need alone.
  beforeAll(() => sharp.unblock({ operation: ["VipsForeignLoadNsgif"] }));

  test.each(["webp", "gif"] as const)("%s: every frame in order, its delay, for ever", async (format) => {
    const bytes = await animate([RED, GREEN, BLUE], { format, delay: 120 });
    expect(await sharp(bytes).metadata()).toMatchObject({
      format,
      width: 32,
      pages: 3,
      delay: [120, 120, 120],
      loop: 0,
    });
    const { height, at } = await pixels(bytes, -1);
    expect(height).toBe(96);
    for (const [frame, colour] of [
      [0, [255, 0, 0]],
      [1, [0, 255, 0]],
      [2, [0, 0, 255]],
    ] as const) {
      const worst = Math.max(...at(16, frame * 32 + 16).map((value, i) => Math.abs(value - colour[i]!)));
      expect(worst).toBeLessThan(6);
    }
  });

  test("gives the same bytes for the same frames, and refuses unequal ones", async () => {
    for (const format of ["webp", "gif"] as const) {
      const once = await animate([RED, GREEN], { format, delay: 80 });
      expect(await animate([RED, GREEN], { format, delay: 80 })).toEqual(once);
    }
    await expect(animate([RED, zeros([1, 3, 8, 8])], { format: "gif", delay: 80 })).rejects.toThrow("one size");
  });
});
