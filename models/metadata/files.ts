// Records in picture files. Pure.

import { hasText } from "./bytes.ts";
import { findInGif, insertInGif } from "./gif.ts";
import { findInPng, insertInPng } from "./png.ts";
import type { Provenance } from "./provenance.ts";
import { findInWebp, insertInWebp } from "./webp.ts";
import { fromXmp, MAX_PACKET_BYTES, toXmp } from "./xmp.ts";

const FORMATS = [
  { signature: "\x89PNG\r\n\x1a\n", at: 0, insert: insertInPng, find: findInPng },
  { signature: "WEBP", at: 8, insert: insertInWebp, find: findInWebp },
  { signature: "GIF8", at: 0, insert: insertInGif, find: findInGif },
];

/** A file that the engine encoded, with the record in it. The same file and record give the same bytes. */
export function writeProvenance(file: Uint8Array, record: Provenance): Uint8Array<ArrayBuffer> {
  return formatOf(file)!.insert(file, new TextEncoder().encode(toXmp(record)));
}

/** The record in a PNG, WebP or GIF file, or undefined. Decodes no pixels, and reads any bytes in time linear in their number. */
export function readProvenance(file: Uint8Array): Provenance | undefined {
  const packet = formatOf(file)?.find(file, MAX_PACKET_BYTES);
  return packet && fromXmp(new TextDecoder().decode(packet));
}

function formatOf(file: Uint8Array) {
  return FORMATS.find(({ signature, at }) => hasText(file, at, signature));
}
