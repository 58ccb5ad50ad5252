// Files that begin as pictures do, and are none that can be decoded, or none that anybody should decode.
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";

type Bad = { readonly bytes: Uint8Array; readonly type: string; readonly why: RegExp };

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const LARGE = /megapixels/;
const DAMAGED = /damaged or cut short/;

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

/** A black picture of any size. One bit per pixel keeps the file small. */
function png(width: number, height: number, ...more: Buffer[]): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head[8] = 1;
  const rows = Buffer.alloc(Math.min(height * (Math.ceil(width / 8) + 1), 20_000_000));
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", head),
    ...more,
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

const noise = () =>
  sharp(Buffer.from(Array.from({ length: 96 * 96 * 3 }, (_, i) => (i * 7919) % 251)), {
    raw: { width: 96, height: 96, channels: 3 },
  });

export const goodPicture = async (): Promise<Uint8Array> => noise().png().toBuffer();

/** By what is wrong with them. */
export async function badPictures(): Promise<Record<string, Bad>> {
  const [whole, jpeg, webp] = await Promise.all([
    noise().png().toBuffer(),
    noise().jpeg().toBuffer(),
    noise().webp().toBuffer(),
  ]);
  const half = (bytes: Buffer) => bytes.subarray(0, Math.floor(bytes.length / 2));
  const bent = Buffer.from(whole);
  bent[Math.floor(whole.length / 2)]! ^= 0xff;
  const wideJpeg = Buffer.from(jpeg);
  const frame = wideJpeg.indexOf(Buffer.from([0xff, 0xc0]));
  wideJpeg.writeUInt16BE(65_000, frame + 5);
  wideJpeg.writeUInt16BE(65_000, frame + 7);
  return {
    "a PNG of 900 megapixels": { bytes: png(30_000, 30_000), type: "image/png", why: LARGE },
    "a PNG of the most pixels there can be": {
      bytes: png(2 ** 31 - 1, 2 ** 31 - 1),
      type: "image/png",
      why: /megapixels|damaged/,
    },
    "a PNG of no pixels": { bytes: png(0, 0), type: "image/png", why: DAMAGED },
    "a PNG of more pixels than it says": {
      bytes: Buffer.concat([SIGNATURE, whole.subarray(8, 16), Buffer.from([0, 0, 1, 0]), whole.subarray(20)]),
      type: "image/png",
      why: DAMAGED,
    },
    "a truncated PNG": { bytes: half(whole), type: "image/png", why: DAMAGED },
    "a PNG with a byte that is wrong": { bytes: bent, type: "image/png", why: DAMAGED },
    "SVG behind the signature of PNG": {
      bytes: Buffer.concat([SIGNATURE, Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')]),
      type: "image/png",
      why: DAMAGED,
    },
    "a signature and no more": { bytes: SIGNATURE, type: "image/png", why: DAMAGED },
    "a JPEG of 4,225 megapixels": { bytes: wideJpeg, type: "image/jpeg", why: LARGE },
    "a truncated JPEG": { bytes: half(jpeg), type: "image/jpeg", why: DAMAGED },
    "a truncated WebP": { bytes: half(webp), type: "image/webp", why: DAMAGED },
    "noise behind the signature of JPEG": {
      bytes: Buffer.from([0xff, 0xd8, 0xff, ...Array.from({ length: 500 }, (_, i) => (i * 31) % 256)]),
      type: "image/jpeg",
      why: DAMAGED,
    },
  };
}
