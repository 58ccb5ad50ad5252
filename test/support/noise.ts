// Pictures in which every pixel differs from its neighbours.
import sharp, { type Sharp } from "sharp";

/** 8-bit samples, the same ones for every call. */
export function noise(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => (i * 7919) % 251);
}

/** `pages`: frames of an animation. */
export function noisePicture(width: number, height: number, channels: 1 | 3 | 4 = 3, pages = 1): Sharp {
  const raw = { width, height: height * pages, channels, ...(pages > 1 && { pageHeight: height }) };
  return sharp(noise(width * height * pages * channels), { raw });
}
