// XMP in GIF files: an application extension (XMP specification, part 3, 1.1.2). Pure.
import { concat, hasText, latin1 } from "./bytes.ts";

const EXTENSION = 0x21;
const TRAILER = 0x3b;
/** Label of an application extension, the length of its name, and its name. */
const XMP = "\xff\x0bXMP DataXMP";

/**
 * The packet follows without lengths. To a reader of blocks, each of its bytes is a length that leads on, into these bytes:
 * from any of them, the lengths count down to the end.
 */
const MAGIC = Uint8Array.from([1, ...Array.from({ length: 256 }, (_, i) => 255 - i), 0]);

/** Puts the packet before the trailer, because some players only loop when their extension comes first. */
export function insertInGif(gif: Uint8Array, packet: Uint8Array): Uint8Array<ArrayBuffer> {
  return concat(gif.subarray(0, -1), Uint8Array.of(EXTENSION), latin1(XMP), packet, MAGIC, Uint8Array.of(TRAILER));
}

/** The packet, at most `limit` bytes of it; undefined when there is none or it is longer. */
export function findInGif(gif: Uint8Array, limit: number): Uint8Array | undefined {
  let at = 13 + tableBytes(gif[10]!);
  while (at < gif.length) {
    if (hasText(gif, at + 1, XMP)) return beforeMagic(gif, at + 1 + XMP.length, limit);
    if (gif[at] === EXTENSION) at = afterBlocks(gif, at + 2);
    else if (gif[at] === 0x2c) at = afterBlocks(gif, at + 11 + tableBytes(gif[at + 9]!));
    else return undefined;
  }
  return undefined;
}

/** A packet has no byte 0, and the first one is the magic's second last. */
function beforeMagic(gif: Uint8Array, start: number, limit: number): Uint8Array | undefined {
  const end = gif.subarray(start, start + limit + MAGIC.length).indexOf(0) - (MAGIC.length - 2);
  return end > 0 ? gif.subarray(start, start + end) : undefined;
}

/** Bytes of a colour table, of which a packed field tells whether and how large it is. */
function tableBytes(packed: number): number {
  return packed & 0x80 ? 3 * 2 ** ((packed & 7) + 1) : 0;
}

/** Where a sequence of blocks ends, each with its length before it and the last one empty. */
function afterBlocks(gif: Uint8Array, start: number): number {
  let at = start;
  while (at < gif.length && gif[at] !== 0) at += 1 + gif[at]!;
  return at + 1;
}
