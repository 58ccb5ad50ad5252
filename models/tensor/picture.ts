import sharp from "sharp";
import { UnclipError, unlessCanceled } from "../errors.ts";
import { PICTURE_LIMITS, sizeProblem } from "../picture-limits.ts";
import { pictureType, unknownTypeProblem } from "../picture-type.ts";
import { resize } from "./resize.ts";
import { Tensor } from "./tensor.ts";

// libvips can open SVG, PDF, TIFF and more, each an attack surface: only three loaders stay enabled in this process.
sharp.block({ operation: ["VipsForeignLoad"] });
sharp.unblock({ operation: ["VipsForeignLoadPng", "VipsForeignLoadJpeg", "VipsForeignLoadWebp"] });

/** A decoder that runs for longer is stopped. 25 megapixels take 1 to 2 s on a busy core. */
const DECODE_SECONDS = 30;

export interface DecodeOptions {
  /** Side of the square result, in pixels. */
  size: number;
  /** "squash" keeps the whole picture but not its proportions; "crop" keeps proportions and cuts to the centre. */
  fit: "squash" | "crop";
  /** The background of transparent pixels: red, green, blue from 0 to 255. Default white. */
  background?: readonly [number, number, number];
  /** Ends the call at once; what libvips has begun ends by itself. */
  signal?: AbortSignal | undefined;
}

/**
 * PNG, JPEG or WebP -> (1, 3, size, size) in [-1, 1]: rotated by its EXIF orientation, transparent pixels on the
 * background, 8-bit sRGB, antialiased bicubic resizing. An animation gives its first frame. Throws INVALID_PICTURE, CANCELED.
 */
export async function decodePicture(bytes: Uint8Array, options: DecodeOptions): Promise<Tensor> {
  const { size, fit, background: [r, g, b] = [255, 255, 255], signal } = options;
  if (bytes.length === 0) throw invalid("is empty (0 bytes)");
  if (pictureType(bytes) === undefined) throw invalid(unknownTypeProblem(bytes));

  const metadata = await decoding(() => sharp(bytes, { limitInputPixels: false }).metadata(), signal);
  const problem = sizeProblem(metadata);
  if (problem !== undefined) throw invalid(problem);
  const given = metadata.autoOrient;
  const whole = fit === "squash" ? { width: size, height: size } : covering(given, size);
  const [left, top] = [Math.trunc((whole.width - size) / 2), Math.trunc((whole.height - size) / 2)];
  const window = { left, top, width: size, height: size };
  // libvips shrinks like Pillow and PyTorch, within 2 of 255, but enlarges with a shift of a part of a pixel: up to 8 of 255
  // on smooth waves. Of a whole that is shrunk it computes the window only.
  const enlarges = whole.width > given.width || whole.height > given.height;
  const { data, info } = await decoding(() => {
    const upright = sharp(bytes, { limitInputPixels: PICTURE_LIMITS.pixels, failOn: "error" })
      .timeout({ seconds: DECODE_SECONDS })
      .autoOrient()
      .flatten({ background: { r, g, b } });
    const sized = enlarges
      ? upright
      : upright.resize({ ...whole, fit: "fill", kernel: "cubic", fastShrinkOnLoad: false }).extract(window);
    return sized.toColourspace("srgb").raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
  }, signal);
  const decoded = fromRgb({ ...info, data });
  return enlarges ? fromRgb(toRgb(resize(decoded, whole.height, whole.width, window))) : decoded;
}

/** Whatever sharp throws is a fault of the picture. */
async function decoding<Out>(work: () => Promise<Out>, signal: AbortSignal | undefined): Promise<Out> {
  const decoded = work().catch((cause: Error) => {
    const slow = cause.message.startsWith("timeout");
    throw slow
      ? invalid(`takes more than ${DECODE_SECONDS} s to decode`, cause)
      : invalid("is damaged or cut short: it could not be decoded", cause);
  });
  return unlessCanceled(decoded, signal);
}

/** The size with this short side and the picture's proportions, rounded down as in CLIP's own preprocessing. */
function covering({ width, height }: { width: number; height: number }, side: number) {
  const [short, long] = [Math.min(width, height), Math.max(width, height)];
  const other = Math.trunc((side * long) / short);
  return width <= height ? { width: side, height: other } : { width: other, height: side };
}

/** (1, 3, h, w) in [-1, 1] -> PNG. */
export async function encodePng(tensor: Tensor): Promise<Uint8Array> {
  return encodeRgb(toRgb(tensor));
}

interface Rgb {
  width: number;
  height: number;
  /** Interleaved red, green, blue. */
  data: Uint8Array;
}

/** (1, 3, h, w) in [-1, 1], clamped -> 8-bit RGB. Throws NUMERIC_FAILURE on NaN or Inf, which would turn black. */
export function toRgb(tensor: Tensor): Rgb {
  const [n, channels, height, width] = tensor.shape;
  if (tensor.shape.length !== 4 || n !== 1 || channels !== 3 || !height || !width) {
    throw new UnclipError("INTERNAL", `A picture has the shape [1,3,h,w], not [${tensor.shape}]`);
  }
  const plane = height * width;
  const data = new Uint8Array(plane * 3);
  for (let channel = 0; channel < 3; channel++) {
    for (let i = 0; i < plane; i++) {
      const value = tensor.data[channel * plane + i]!;
      if (!Number.isFinite(value)) throw new UnclipError("NUMERIC_FAILURE", `The picture holds ${value} at pixel ${i}`);
      data[i * 3 + channel] = Math.round((Math.min(1, Math.max(-1, value)) + 1) * 127.5);
    }
  }
  return { width, height, data };
}

/** Pictures of one size, row by row on white, as a PNG. */
export async function contactSheet(tensors: readonly Tensor[], columns: number): Promise<Uint8Array> {
  const pictures = sameSize(tensors.map(toRgb));
  if (!Number.isInteger(columns) || columns < 1) throw new UnclipError("INTERNAL", `A sheet of ${columns} columns`);
  const { width, height } = pictures[0]!;
  const across = Math.min(columns, pictures.length);
  const down = Math.ceil(pictures.length / across);
  const gap = Math.max(1, Math.round(width / 32));
  const sheet: Rgb = {
    width: across * (width + gap) + gap,
    height: down * (height + gap) + gap,
    data: new Uint8Array(0),
  };
  sheet.data = new Uint8Array(sheet.width * sheet.height * 3).fill(255);
  pictures.forEach(({ data }, index) => {
    const left = gap + (index % across) * (width + gap);
    const top = gap + Math.floor(index / across) * (height + gap);
    for (let row = 0; row < height; row++) {
      sheet.data.set(data.subarray(row * width * 3, (row + 1) * width * 3), ((top + row) * sheet.width + left) * 3);
    }
  });
  return encodeRgb(sheet);
}

/** 16 frames at 256 pixels: sharp's default of 7 took 4.6 s and 633 kB, 4 takes 0.8 s and 721 kB (2 busy cores). */
const GIF_EFFORT = 4;

interface AnimateOptions {
  format: "webp" | "gif";
  /** Milliseconds each frame is shown; GIF rounds to hundredths of a second. */
  delay: number;
}

/** Pictures of one size -> an animation that loops endlessly. */
export async function animate(frames: readonly Tensor[], { format, delay }: AnimateOptions): Promise<Uint8Array> {
  const pictures = sameSize(frames.map(toRgb));
  const { width, height } = pictures[0]!;
  // libvips takes an animation as one tall picture and the height of a page.
  const tall = sharp(Buffer.concat(pictures.map(({ data }) => data)), {
    raw: { width, height: height * pictures.length, channels: 3, pageHeight: height },
    limitInputPixels: false,
  });
  const timing = { delay: pictures.map(() => delay), loop: 0 };
  return format === "webp"
    ? tall.webp({ ...timing, quality: 90, smartSubsample: true }).toBuffer()
    : tall.gif({ ...timing, keepDuplicateFrames: true, effort: GIF_EFFORT }).toBuffer();
}

/** PNG. Settings are fixed, so that the same pixels give the same bytes. */
export async function encodeRgb({ data, width, height }: Rgb): Promise<Uint8Array> {
  return sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false })
    .png({ compressionLevel: 6, adaptiveFiltering: true, palette: false })
    .toBuffer();
}

function fromRgb({ data, width, height }: Rgb): Tensor {
  const plane = width * height;
  const values = new Float32Array(plane * 3);
  for (let i = 0; i < plane; i++) {
    for (let channel = 0; channel < 3; channel++) values[channel * plane + i] = data[i * 3 + channel]! / 127.5 - 1;
  }
  return new Tensor(values, [1, 3, height, width]);
}

function sameSize(pictures: Rgb[]): Rgb[] {
  const [first] = pictures;
  if (!first || pictures.some(({ width, height }) => width !== first.width || height !== first.height)) {
    throw new UnclipError("INTERNAL", "A sheet or an animation needs pictures, all of one size");
  }
  return pictures;
}

/** `problem` completes "The picture ...". */
function invalid(problem: string, cause?: unknown): UnclipError {
  return new UnclipError("INVALID_PICTURE", `The picture ${problem}`, { cause });
}
