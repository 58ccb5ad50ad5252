import type { Result } from "../../../models/types.ts";

/** The compressed pixels of a PNG, without the record of its request: equal for equal pixels. */
export function pixelsOf(png: Uint8Array): string {
  return Buffer.from(png.subarray(Buffer.from(png).indexOf("IDAT"))).toString("base64");
}

/** The pixels of each picture. */
export const allPixelsOf = ({ pictures }: Pick<Result, "pictures">): string[] =>
  pictures.map(({ png }) => pixelsOf(png));
