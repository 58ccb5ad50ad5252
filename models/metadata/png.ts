// XMP in PNG files: a chunk iTXt with the keyword that the XMP specification names (part 3), uncompressed. Pure.
import { concat, hasText, latin1, uint32 } from "./bytes.ts";

const SIGNATURE_BYTES = 8;
/** Length, type and checksum of a chunk. */
const CHUNK_BYTES = 12;
/** Keyword, then no compression, no language and no translated keyword. */
const PREFIX = "XML:com.adobe.xmp\0\0\0\0\0";

/** Puts the packet after the header, where readers find it before the pixels. */
export function insertInPng(png: Uint8Array, packet: Uint8Array): Uint8Array<ArrayBuffer> {
  const end = SIGNATURE_BYTES + CHUNK_BYTES + 13;
  const body = concat(latin1("iTXt"), latin1(PREFIX), packet);
  const chunk = concat(uint32(body.length - 4, "big"), body, uint32(crc32(body), "big"));
  return concat(png.subarray(0, end), chunk, png.subarray(end));
}

/** The packet before the pixels, at most `limit` bytes of it; undefined when there is none or it is longer. */
export function findInPng(png: Uint8Array, limit: number): Uint8Array | undefined {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  let at = SIGNATURE_BYTES;
  while (at + CHUNK_BYTES <= png.length) {
    const length = view.getUint32(at);
    const end = at + 8 + length;
    if (hasText(png, at + 4, "IDAT") || end > png.length) return undefined;
    if (hasText(png, at + 4, `iTXt${PREFIX}`)) {
      const packet = png.subarray(at + 8 + PREFIX.length, end);
      return packet.length <= limit ? packet : undefined;
    }
    at += CHUNK_BYTES + length;
  }
  return undefined;
}

/** CRC-32 of PNG (ISO 3309). */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
