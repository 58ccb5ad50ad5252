// How large a picture may be, from the first bytes of its file. Pure: the API refuses a picture before it is decoded.
import { pictureType } from "./picture-type.ts";

export type PictureSize = { readonly width: number; readonly height: number };

/**
 * `pixels`: 100 MB of RGBA. `side` and `ratio` bound what lies between the picture and the square of a bundle: a side of one
 * pixel, enlarged to that square, would make the other one as many times longer.
 */
export const PICTURE_LIMITS = { pixels: 25_000_000, side: 16_384, ratio: 50 } as const;

/** Completes "The picture ..."; undefined for a size within the limits. */
export function sizeProblem({ width, height }: PictureSize): string | undefined {
  const { pixels, side, ratio } = PICTURE_LIMITS;
  const is = `is ${width} x ${height} pixels; `;
  if (width < 1 || height < 1) return `${is}each side must have at least one`;
  if (width * height > pixels) return `${is}at most ${pixels / 1e6} megapixels are allowed`;
  if (Math.max(width, height) > side) return `${is}each side may have at most ${side}`;
  if (Math.max(width, height) > ratio * Math.min(width, height)) {
    return `${is}the longer side may be at most ${ratio} times the shorter one`;
  }
  return undefined;
}

/** Chunks, segments or bytes between them that are looked at: a file of ten megabytes of them would take half a second. */
const MAX_STEPS = 100_000;

/** Width and height as stored, before any rotation; undefined where the header is cut short, late in the file or not as its format says. */
export function pictureSize(bytes: Uint8Array): PictureSize | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const type = pictureType(bytes);
    if (type === "image/png") return pngSize(view);
    if (type === "image/jpeg") return jpegSize(view);
    return type === "image/webp" ? webpSize(view) : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined; // a read past the end
    throw error;
  }
}

/**
 * IHDR: length (4 bytes), name (4), width (4), height (4). PNG, third edition, 11.2.1. It comes first, but decoders also read
 * files with others before it.
 */
function pngSize(view: DataView): PictureSize | undefined {
  let at = 8;
  for (let steps = 0; steps < MAX_STEPS; steps++) {
    if (view.getUint32(at + 4) === 0x49484452)
      return { width: view.getUint32(at + 8), height: view.getUint32(at + 12) };
    at += 12 + view.getUint32(at);
  }
  return undefined;
}

/** The first frame header, SOF0 to SOF15, after other segments. ITU-T T.81, B.2.2. Decoders skip what lies between segments. */
function jpegSize(view: DataView): PictureSize | undefined {
  let at = 2;
  for (let steps = 0; steps < MAX_STEPS; steps++) {
    const marker = view.getUint8(at) === 0xff ? view.getUint8(at + 1) : undefined;
    // SOI, RST0 to RST7 and TEM have no length; 0xFF00 is data, 0xFFFF padding. 0xC4, 0xC8 and 0xCC head no frame.
    if (marker === undefined || marker === 0xff) at += 1;
    else if (marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8)) at += 2;
    else if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    } else at += 2 + Math.max(2, view.getUint16(at + 2));
  }
  return undefined;
}

/** The canvas of VP8X, or the frame of VP8 or VP8L. WebP container specification; RFC 6386, 9.1; WebP lossless, 3. */
function webpSize(view: DataView): PictureSize | undefined {
  switch (view.getUint32(12)) {
    case 0x56503858: // "VP8X": 24 bits each, less one
      return { width: 1 + uint24(view, 24), height: 1 + uint24(view, 27) };
    case 0x56503820: // "VP8 ": 14 bits each, after the start code
      if (uint24(view, 23) !== 0x2a019d) return undefined;
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    case 0x5650384c: {
      // "VP8L": 14 bits each, less one, after a signature of one byte
      const bits = view.getUint32(21, true);
      return view.getUint8(20) === 0x2f
        ? { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) }
        : undefined;
    }
    default:
      return undefined;
  }
}

const uint24 = (view: DataView, at: number): number => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
