// A blob's file: the blob's bytes, then its metadata, then the metadata's length. There is no second file that could
// disagree, and a picture's file still opens as a picture.
import { open } from "node:fs/promises";

type Metadata = { readonly key: string; readonly contentType: string; readonly sha256: string };

export class DamagedFile extends Error {}

const LENGTH_BYTES = 4;
/** Longer than any metadata with its length. */
const TAIL_BYTES = 4096;

/** What follows the blob's bytes. */
export function encodeTail(metadata: Metadata): Buffer {
  const about = Buffer.from(JSON.stringify(metadata));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(about.length);
  return Buffer.concat([about, length]);
}

/** Reads the end of a blob's file. Throws DamagedFile. */
export async function readTail(file: string) {
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
    await handle.read(tail, 0, tail.length, size - tail.length);
    return decodeTail(tail, size);
  } finally {
    await handle.close();
  }
}

/**
 * `tail` is the end of a file of `size` bytes. Returns the metadata, and the number of bytes of the blob itself. Throws
 * DamagedFile.
 */
export function decodeTail(tail: Buffer, size: number): { about: Metadata; end: number } {
  const stop = tail.length - LENGTH_BYTES;
  const start = stop < 0 ? -1 : stop - tail.readUInt32LE(stop);
  if (start < 0) throw new DamagedFile();
  try {
    return { about: JSON.parse(tail.toString("utf8", start, stop)) as Metadata, end: size - (tail.length - start) };
  } catch {
    throw new DamagedFile();
  }
}
