// What the API reads of a picture's header: the size that decoding finds, for every kind of file, and no byte past its end.
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { PICTURE_LIMITS, pictureSize, sizeProblem } from "../../models/picture-limits.ts";
import { pictureType, unknownTypeProblem } from "../../models/picture-type.ts";
import { noisePicture } from "../support/noise.ts";
import { chunk } from "../support/png.ts";

const noise = (channels: 3 | 4 = 3, pages = 1) => noisePicture(37, 21, channels, pages);

const FILES: Record<string, () => Promise<Uint8Array>> = {
  PNG: () => noise().png().toBuffer(),
  "interlaced PNG with a palette": () => noise().png({ palette: true, progressive: true }).toBuffer(),
  JPEG: () => noise().jpeg().toBuffer(),
  "progressive JPEG": () => noise().jpeg({ progressive: true }).toBuffer(),
  "JPEG with EXIF, a profile and an orientation": () =>
    noise()
      .withMetadata({ orientation: 6 })
      .withIccProfile("p3")
      .withExif({ IFD0: { Artist: "a" } })
      .jpeg()
      .toBuffer(),
  "JPEG with padding before a marker": async () => {
    const bytes = await noise().jpeg().toBuffer();
    return Buffer.concat([bytes.subarray(0, 2), Buffer.from([0xff, 0xff]), bytes.subarray(2)]);
  },
  "JPEG with bytes between its segments": async () => {
    const bytes = await noise().jpeg().toBuffer();
    const end = 4 + bytes.readUInt16BE(4);
    return Buffer.concat([bytes.subarray(0, end), Buffer.from([0x00, 0x41, 0xff, 0x00]), bytes.subarray(end)]);
  },
  "PNG with a chunk before its header": async () => {
    const bytes = await noise().png().toBuffer();
    return Buffer.concat([bytes.subarray(0, 8), chunk("teSt", Buffer.alloc(5)), bytes.subarray(8)]);
  },
  WebP: () => noise().webp().toBuffer(),
  "WebP without loss": () => noise().webp({ lossless: true }).toBuffer(),
  "WebP with transparency": () => noise(4).webp().toBuffer(),
  "animated WebP": () =>
    noise(3, 2)
      .webp({ delay: [50, 50] })
      .toBuffer(),
};

describe.each(Object.entries(FILES))("%s", (_, make) => {
  test("has the size that decoding finds", async () => {
    const bytes = await make();
    const { width, height } = await sharp(bytes).metadata();
    expect(pictureSize(bytes)).toEqual({ width, height });
    // Also where it does not begin its buffer.
    const inside = new Uint8Array(bytes.length + 7).fill(255);
    inside.set(bytes, 7);
    expect(pictureSize(inside.subarray(7))).toEqual({ width, height });
  });

  test("has the same size or none where it is cut short", async () => {
    const bytes = await make();
    const size = pictureSize(bytes);
    for (let end = 0; end < bytes.length; end++)
      expect([undefined, size]).toContainEqual(pictureSize(bytes.subarray(0, end)));
  });
});

test("the size of a file that is no picture, or whose header is not as its format says, is unknown", () => {
  const latin1 = (text: string) => Buffer.from(text, "latin1");
  for (const bytes of [
    latin1("GIF89a\x01\x00\x01\x00"),
    latin1(`\x89PNG\r\n\x1a\n\0\0\0\x0dIDAT${"\0".repeat(20)}`),
    latin1(`\xff\xd8\xff\xe0\0\0${"\0".repeat(20)}`),
    latin1(`\xff\xd8${"\xff".repeat(1000)}`),
    latin1(`\xff\xd8\xff${"\xd8\xff".repeat(200_000)}\xc0\0\x11\x08\0\x01\0\x01`), // a header after too much else
    latin1(`RIFF\0\0\0\0WEBPVP8 ${"\0".repeat(20)}`),
    latin1(`RIFF\0\0\0\0WEBPVP8L${"\0".repeat(20)}`),
    latin1(`RIFF\0\0\0\0WEBPEXIF${"\0".repeat(20)}`),
  ]) {
    expect(pictureSize(bytes)).toBeUndefined();
  }
});

describe("sizeProblem", () => {
  const { side, ratio } = PICTURE_LIMITS;
  test.each([
    [1, 1],
    [1, ratio],
    [ratio, 1],
    [5_000, 5_000],
    [side, 1_525],
    [1_525, side],
  ])("allows %i x %i", (width, height) => {
    expect(sizeProblem({ width, height })).toBeUndefined();
  });

  test.each([
    [0, 5, "each side must have at least one"],
    [1, ratio + 1, "at most 50 times the shorter"],
    [8_000, 100, "at most 50 times the shorter"],
    [side + 1, 1_000, "each side may have at most 16384"],
    [1, 25_000_000, "each side may have at most 16384"],
    [5_001, 5_000, "5001 x 5000 pixels; at most 25 megapixels"],
    [2 ** 31, 2 ** 31, "at most 25 megapixels"],
  ])("refuses %i x %i", (width, height, problem) => {
    expect(sizeProblem({ width, height })).toContain(problem);
  });
});

test.each([
  ["\0\0\0\x18ftypheic", "is HEIC, not a PNG, JPEG or WebP file. Phone cameras write HEIC: export the photo as JPEG"],
  ["\0\0\0\x18ftypmif1", "is HEIC, not a PNG, JPEG or WebP file. Phone cameras write HEIC: export the photo as JPEG"],
  ["\0\0\0\x18ftypavif", "is AVIF, not a PNG, JPEG or WebP file"],
  ["GIF89a", "is GIF, not a PNG, JPEG or WebP file"],
  ["BM6\0\0\0", "is BMP, not a PNG, JPEG or WebP file"],
  ["II*\0", "is TIFF, not a PNG, JPEG or WebP file"],
  ["a red apple", "is not a PNG, JPEG or WebP file"],
  ["", "is not a PNG, JPEG or WebP file"],
])("%j: %s", (start, problem) => {
  const bytes = Buffer.from(start, "latin1");
  expect(pictureType(bytes)).toBeUndefined();
  expect(unknownTypeProblem(bytes)).toBe(problem);
});
