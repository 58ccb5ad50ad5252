// Files that begin as pictures do, and are none that can be decoded, or none that anybody should decode.
import { noisePicture } from "../noise.ts";
import { png, SIGNATURE } from "../png.ts";

type Bad = { readonly bytes: Uint8Array; readonly type: string; readonly why: RegExp };

const LARGE = /megapixels/;
const DAMAGED = /damaged or cut short/;

const noise = () => noisePicture(96, 96);

export const goodPicture = async (): Promise<Uint8Array> => noise().png().toBuffer();

/** Files whose header already says what is wrong with them. */
export async function badHeaders(): Promise<Record<string, Bad>> {
  const jpeg = await noise().jpeg().toBuffer();
  const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
  jpeg.writeUInt16BE(65_000, frame + 5);
  jpeg.writeUInt16BE(65_000, frame + 7);
  return {
    "a PNG of 900 megapixels": { bytes: png(30_000, 30_000), type: "image/png", why: LARGE },
    "a PNG of the most pixels there can be": { bytes: png(2 ** 31 - 1, 2 ** 31 - 1), type: "image/png", why: LARGE },
    "a PNG of no pixels": { bytes: png(0, 0), type: "image/png", why: /at least one/ },
    "a PNG of one pixel by 8,000": { bytes: png(1, 8_000), type: "image/png", why: /50 times the shorter/ },
    "a PNG of 25,000,000 pixels by one": { bytes: png(25_000_000, 1), type: "image/png", why: /at most 16384/ },
    "a JPEG of 4,225 megapixels": { bytes: jpeg, type: "image/jpeg", why: LARGE },
  };
}

/** Files that only decoding tells from pictures, by what is wrong with them. */
export async function badPictures(): Promise<Record<string, Bad>> {
  const [whole, jpeg, webp] = await Promise.all([
    noise().png().toBuffer(),
    noise().jpeg().toBuffer(),
    noise().webp().toBuffer(),
  ]);
  const half = (bytes: Buffer) => bytes.subarray(0, Math.floor(bytes.length / 2));
  const bent = Buffer.from(whole);
  bent[Math.floor(whole.length / 2)]! ^= 0xff;
  return {
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
    "a truncated JPEG": { bytes: half(jpeg), type: "image/jpeg", why: DAMAGED },
    "a truncated WebP": { bytes: half(webp), type: "image/webp", why: DAMAGED },
    "noise behind the signature of JPEG": {
      bytes: Buffer.from([0xff, 0xd8, 0xff, ...Array.from({ length: 500 }, (_, i) => (i * 31) % 256)]),
      type: "image/jpeg",
      why: DAMAGED,
    },
  };
}
