import { expect, test } from "vitest";
import { frameLengths } from "../../../support/aws/frames.ts";

/** A frame of a client, by RFC 6455. */
const frame = (length: number): Buffer => {
  const [second, extended] =
    length < 126 ? [length, Buffer.alloc(0)] : length < 65_536 ? [126, Buffer.alloc(2)] : [127, Buffer.alloc(8)];
  if (extended.length === 2) extended.writeUInt16BE(length);
  if (extended.length === 8) extended.writeBigUInt64BE(BigInt(length));
  return Buffer.concat([
    Buffer.from([0x81, 0x80 | second]),
    extended,
    Buffer.alloc(4, 0xff),
    Buffer.alloc(length, 0x7e),
  ]);
};

test("the test gateway measures frames, however the bytes are split", () => {
  const lengths = [0, 1, 125, 126, 65_535, 65_536, 200_000, 3];
  const sent = Buffer.concat(lengths.map(frame));
  for (const piece of [1, 7, 4_096, sent.length]) {
    const received: number[] = [];
    const take = frameLengths((bytes) => received.push(bytes));
    for (let at = 0; at < sent.length; at += piece) take(sent.subarray(at, at + piece));
    expect(received).toEqual(lengths);
  }
});
