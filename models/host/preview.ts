import { encodeRgb } from "../tensor/picture.ts";
import type { Progress } from "../types.ts";

/** A preview as PNG, for whoever hears of progress; not encoded before, because most previews are never looked at. */
export function previewPng({ size, rgb }: NonNullable<Progress["preview"]>): Promise<Uint8Array> {
  return encodeRgb({ width: size, height: size, data: rgb });
}
