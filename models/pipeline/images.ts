// Pictures at the engine's two ends: those of a request on their way in, those of a result on their way out.
import type { BundleSpec } from "../bundle/spec.ts";
import type { AnimationFormat } from "../request.ts";
import { animate, contactSheet, decodePicture } from "../tensor/picture.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Result } from "../types.ts";
import type { Call } from "./call.ts";
import type { DrawnPicture } from "./pipeline.ts";

/** How long an animation shows each frame. */
const FRAME_MILLISECONDS = 120;

/** The columns of a contact sheet. Frames of a row are read from left to right, so they get long lines. */
export const grid = (count: number): number => Math.ceil(Math.sqrt(count));
export const row = (count: number): number => Math.min(count, 10);

export type InputPicture = {
  readonly seen: Tensor; // as CLIP sees it (1, 3, C, C) in [-1, 1]
  readonly small: Tensor; // as the decoder would draw it (1, 3, S, S)
};

/** Throws INVALID_PICTURE. Both copies are cut alike, so that z_i and x_T speak of the same picture. */
export async function readPicture(bytes: Uint8Array, { clip, decoder }: BundleSpec): Promise<InputPicture> {
  const { size, fit } = clip.image;
  const seen = await decodePicture(bytes, { size, fit });
  return { seen, small: size === decoder.size ? seen : await decodePicture(bytes, { size: decoder.size, fit }) };
}

export async function createResult(
  call: Call,
  drawn: readonly DrawnPicture[],
  columns: (count: number) => number,
  animation?: AnimationFormat,
): Promise<Result> {
  const copies = drawn.flatMap(({ copy }) => copy ?? []);
  const { sheet, animated } = await call.timed("finish", async () => ({
    sheet: copies.length > 0 ? await contactSheet(copies, columns(copies.length)) : undefined,
    animated: animation && (await animate(copies, { format: animation, delay: FRAME_MILLISECONDS })),
  }));
  return {
    pictures: drawn.map(({ picture }) => picture),
    ...(sheet && { sheet: new Uint8Array(sheet) }),
    ...(animation && animated && { animation: { format: animation, bytes: new Uint8Array(animated) } }),
    warnings: call.warnings,
    timings: call.timings,
  };
}
