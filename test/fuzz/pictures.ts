// Pictures that are wrong in one way or many: damaged bytes, false sizes, odd chunks, bombs.
import { crc32, deflateSync } from "node:zlib";
import type { Sharp } from "sharp";
import { mutatedBytes, type RandomChoices } from "../support/fuzz/random-choices.ts";
import { noisePicture } from "../support/noise.ts";
import { chunk } from "../support/png.ts";

const SIZES = [0, 1, 2, 64, 51, 16_384, 16_385, 65_535, 2 ** 24, 2 ** 31 - 1, 2 ** 32 - 1];
const CHUNKS = ["zTXt", "iTXt", "iCCP", "eXIf", "tRNS", "PLTE", "gAMA", "acTL", "IDAT", "IEND", "IHDR", "zzzz", "ZZZZ"];

/** How often each file is listed whose colours need no conversion. The others take ten times as long to decode. */
const QUICK_COPIES = 4;

/** Whole files of every kind that is read, some several times. */
export async function wholePictures(): Promise<Buffer[]> {
  const noise = (channels: 1 | 3 | 4) => noisePicture(40, 24, channels);
  const quick: Sharp[] = [
    noise(3).png(),
    noise(4).png({ progressive: true }),
    noise(1).png(),
    noise(3).png({ palette: true, colours: 16 }),
    noise(3).toColourspace("rgb16").png(),
    noise(3).jpeg(),
    noise(3).jpeg({ progressive: true, chromaSubsampling: "4:4:4" }),
    noise(3).webp(),
    noise(3).webp({ lossless: true }),
    noise(4).webp(),
    noisePicture(16, 16, 3, 5).webp({ delay: [20, 20, 20, 20, 20] }),
    noisePicture(1, 50).png(),
    noisePicture(300, 8).webp(),
  ];
  const slow = [
    noise(3).toColourspace("cmyk").jpeg(),
    noise(3).withMetadata({ orientation: 6 }).withIccProfile("p3").jpeg(),
  ];
  const write = (files: readonly Sharp[]) => Promise.all(files.map((file) => file.toBuffer()));
  return [
    ...Array<Buffer[]>(QUICK_COPIES)
      .fill(await write(quick))
      .flat(),
    ...(await write(slow)),
  ];
}

export function anyPicture(wholes: readonly Buffer[], chance: RandomChoices): Buffer {
  const whole = Buffer.from(chance.pick(wholes));
  switch (chance.below(8)) {
    case 0:
      return chance.maybe(0.3) ? whole : chance.bytes(chance.below(300));
    case 1:
      return withSize(whole, chance.pick(SIZES), chance.pick(SIZES));
    case 2:
      return isPng(whole) ? withChunk(whole, chance) : mutatedBytes(whole, chance);
    case 3:
      return isPng(whole) ? withPixels(whole, chance) : mutatedBytes(whole, chance);
    case 4:
      return Buffer.concat([whole.subarray(0, chance.below(whole.length)), Buffer.from(chance.pick(wholes))]);
    case 5:
      return whole.subarray(0, chance.below(whole.length));
    default:
      return mutatedBytes(whole, chance);
  }
}

const isPng = (bytes: Buffer) => bytes[1] === 0x50;

/** The same bytes behind a header that says another size. */
function withSize(bytes: Buffer, width: number, height: number): Buffer {
  const frame = bytes.findIndex((byte, i) => byte === 0xff && (bytes[i + 1] === 0xc0 || bytes[i + 1] === 0xc2));
  if (isPng(bytes)) {
    bytes.writeUInt32BE(width, 16);
    bytes.writeUInt32BE(height, 20);
    bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
  } else if (bytes[0] === 0xff && frame >= 0) {
    bytes.writeUInt16BE(height & 0xffff, frame + 5);
    bytes.writeUInt16BE(width & 0xffff, frame + 7);
  } else {
    bytes.writeUIntLE(width & 0xffffff, 24, 3);
    bytes.writeUIntLE(height & 0xffffff, 27, 3);
  }
  return bytes;
}

/** A PNG with one more chunk, in any place: text and profiles that unpack to megabytes, second headers, early ends. */
function withChunk(bytes: Buffer, chance: RandomChoices): Buffer {
  const type = chance.pick(CHUNKS);
  const packed = deflated(chance.pick([0, 100, 1_000_000, 20_000_000]), 0);
  const text = Buffer.concat([Buffer.from("a\0\0"), packed]);
  const data = chance.pick([text, packed, chance.bytes(chance.below(40)), Buffer.alloc(0)]);
  const at = chance.pick([8, 33, bytes.length - 12, bytes.length]);
  return Buffer.concat([bytes.subarray(0, at), chunk(type, data), bytes.subarray(at)]);
}

/** A row begins with its filter: 0 to 4, or one that there is not. */
const FILTERS = 8;

/** A PNG whose pixels are too few, too many or no deflate stream. */
function withPixels(bytes: Buffer, chance: RandomChoices): Buffer {
  const length = chance.pick([0, 1, 100, 1_000_000, 30_000_000]);
  const pixels = chance.maybe(0.7) ? deflated(length, chance.below(FILTERS)) : chance.bytes(length & 1023);
  return Buffer.concat([bytes.subarray(0, 33), chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))]);
}

const known = new Map<string, Buffer>();

/** Equal bytes, which shrink to a thousandth: cheap to keep, slow to make. */
function deflated(length: number, byte: number): Buffer {
  const name = `${length} ${byte}`;
  const bytes = known.get(name) ?? deflateSync(Buffer.alloc(length, byte));
  known.set(name, bytes);
  return bytes;
}
