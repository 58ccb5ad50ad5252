// XMP in WebP files: a chunk of the extended format, whose header says that it is there (RFC 9649). Pure.
import { UnclipError } from "../errors.ts";
import { pictureSize } from "../picture-limits.ts";
import { concat, hasText, latin1, uint32 } from "./bytes.ts";

/** "RIFF", a length, "WEBP". */
const HEADER_BYTES = 12;
/** Bit of the first byte in the chunk VP8X. */
const HAS_XMP = 0b100;
const FLAGS_AT = 20;

/** Takes a lossy file or an animation, without XMP. */
export function insertInWebp(webp: Uint8Array, packet: Uint8Array): Uint8Array<ArrayBuffer> {
  const padding = new Uint8Array(packet.length % 2);
  const file = concat(extended(webp), latin1("XMP "), uint32(packet.length, "little"), packet, padding);
  file[FLAGS_AT]! |= HAS_XMP;
  file.set(uint32(file.length - 8, "little"), 4);
  return file;
}

/** The file in the extended format. libwebp writes an animation whose frames are all equal in the simple one. */
function extended(webp: Uint8Array): Uint8Array {
  if (hasText(webp, HEADER_BYTES, "VP8X")) return webp;
  const size = hasText(webp, HEADER_BYTES, "VP8 ") ? pictureSize(webp) : undefined;
  if (size === undefined) throw new UnclipError("INTERNAL", "The WebP file is neither lossy nor extended");
  // Width and height less one, in 24 bits each.
  const [width, height] = [size.width, size.height].map((side) => uint32(side - 1, "little").subarray(0, 3));
  const header = concat(latin1("VP8X"), uint32(10, "little"), uint32(0, "little"), width!, height!);
  return concat(webp.subarray(0, HEADER_BYTES), header, webp.subarray(HEADER_BYTES));
}

/** The packet, at most `limit` bytes of it; undefined when there is none or it is longer. */
export function findInWebp(webp: Uint8Array, limit: number): Uint8Array | undefined {
  const view = new DataView(webp.buffer, webp.byteOffset, webp.byteLength);
  let at = HEADER_BYTES;
  while (at + 8 <= webp.length) {
    const length = view.getUint32(at + 4, true);
    const end = at + 8 + length;
    if (end > webp.length) return undefined;
    if (hasText(webp, at, "XMP ")) return length <= limit ? webp.subarray(at + 8, end) : undefined;
    at = end + (length % 2);
  }
  return undefined;
}
