import { encodeRgb } from "../tensor/picture.ts";
import type { Progress } from "../types.ts";

/** Encodes a preview as PNG. The engine leaves it to listeners, because most previews are never shown. */
export function previewPng({ size, rgb }: NonNullable<Progress["preview"]>): Promise<Uint8Array> {
  return encodeRgb({ width: size, height: size, data: rgb });
}
