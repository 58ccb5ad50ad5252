// Pictures on their way into the engine, and out of it.
import type { BundleSpec } from "../bundle/spec.ts";
import { writeProvenance } from "../metadata/files.ts";
import type { AnimationFormat } from "../request.ts";
import { animate, contactSheet, decodePicture } from "../tensor/picture.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Picture, Result } from "../types.ts";
import type { Call } from "./call.ts";
import type { Records } from "./provenance.ts";

/** Time that an animation shows each frame. */
const FRAME_MILLISECONDS = 120;

/** Columns of a contact sheet for a number of pictures. Frames are read from left to right, so their rows are long. */
export const grid = (count: number): number => Math.ceil(Math.sqrt(count));
export const row = (count: number): number => Math.min(count, 10);

/** A picture in [-1, 1], at the sizes of CLIP and of the decoder. Both are cut alike, so that z_i and x_T describe the same picture. */
export type InputPicture = {
  readonly seen: Tensor; // (1, 3, I, I)
  readonly small: Tensor; // (1, 3, S, S)
};

/** A finished picture and, where it is one of several, a small copy for the contact sheet (1, 3, s, s). */
export type DrawnPicture = { readonly picture: Picture; readonly copy: Tensor | undefined };

export type ResultOptions = {
  readonly records: Records;
  readonly columns: (count: number) => number;
  readonly animate?: AnimationFormat | undefined;
};

type ReadOptions = { readonly signal?: AbortSignal | undefined };

/** A picture as CLIP takes it, by a bundle with the capability "embed-image". Throws INVALID_PICTURE, CANCELED. */
export async function readPicture(
  bytes: Uint8Array,
  { clip }: BundleSpec,
  { signal }: ReadOptions = {},
): Promise<Pick<InputPicture, "seen">> {
  const { size, fit } = clip.image!;
  return { seen: await decodePicture(bytes, { size, fit, signal }) };
}

/** A picture to invert, at a size of the decoder, by a bundle with the capability "invert-image". Throws as readPicture. */
export async function readInvertible(
  bytes: Uint8Array,
  spec: BundleSpec,
  { decoderSize, signal }: ReadOptions & { readonly decoderSize: number },
): Promise<InputPicture> {
  const { seen } = await readPicture(bytes, spec, { signal });
  const { size, fit } = spec.clip.image!;
  return { seen, small: size === decoderSize ? seen : await decodePicture(bytes, { size: decoderSize, fit, signal }) };
}

/** Adds the contact sheet of several pictures, and the animation. */
export async function createResult(
  call: Call,
  drawn: readonly DrawnPicture[],
  { columns, animate: format, records }: ResultOptions,
): Promise<Result> {
  const copies = drawn.flatMap(({ copy }) => copy ?? []);
  const { sheet, animated } = await call.timed("finish", async () => ({
    sheet: copies.length > 0 ? await contactSheet(copies, columns(copies.length)) : undefined,
    animated: format && (await animate(copies, { format, delay: FRAME_MILLISECONDS })),
  }));
  return {
    pictures: drawn.map(({ picture }) => picture),
    ...(sheet && { sheet: writeProvenance(sheet, records.all) }),
    ...(format && animated && { animation: { format, bytes: writeProvenance(animated, records.all) } }),
    warnings: call.warnings,
    timings: call.timings,
  };
}
