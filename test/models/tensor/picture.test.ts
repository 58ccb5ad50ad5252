import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { type DecodeOptions, decodePicture, encodePng, toRgb } from "../../../models/tensor/picture.ts";
import { Random } from "../../../models/tensor/random.ts";
import { resize } from "../../../models/tensor/resize.ts";
import { clamp, Tensor, zeros } from "../../../models/tensor/tensor.ts";
import { noise } from "../../support/noise.ts";
import { chunk } from "../../support/png.ts";

const SQUASH: DecodeOptions = { size: 8, fit: "squash" };

/** Left half red, right half blue. */
function redAndBlue(width = 32, height = 32, channels: 3 | 4 = 3) {
  const data = new Uint8Array(width * height * channels).fill(255);
  for (let i = 0; i < width * height; i++) data.set(i % width < width / 2 ? [255, 0, 0] : [0, 0, 255], i * channels);
  return sharp(data, { raw: { width, height, channels } });
}

/** The colour at (x, y) as 8-bit red, green, blue. */
function at(tensor: Tensor, x: number, y: number): number[] {
  const { width, data } = toRgb(tensor);
  return Array.from(data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3));
}

function expectColour(tensor: Tensor, [x, y]: [number, number], colour: [number, number, number], tolerance = 0) {
  const seen = at(tensor, x, y);
  const worst = Math.max(...seen.map((value, i) => Math.abs(value - colour[i]!)));
  expect(worst, `${seen} is not ${colour}`).toBeLessThanOrEqual(tolerance);
}

const refusal = (message: string) =>
  expect.objectContaining({ code: "INVALID_PICTURE", retryable: false, message: expect.stringContaining(message) });

describe("decodePicture", () => {
  test.each([
    ["PNG", () => redAndBlue().png().toBuffer(), 0],
    ["JPEG", () => redAndBlue().jpeg({ quality: 95, chromaSubsampling: "4:4:4" }).toBuffer(), 8],
    ["WebP", () => redAndBlue().webp({ lossless: true }).toBuffer(), 0],
    ["palette PNG", () => redAndBlue().png({ palette: true, colours: 4 }).toBuffer(), 2],
    // Ink has no pure blue, hence the tolerance; inverted inks or a fourth channel would still show.
    ["CMYK JPEG", () => redAndBlue().toColourspace("cmyk").jpeg({ quality: 95 }).toBuffer(), 120],
  ])("reads %s", async (_, bytes, tolerance) => {
    const tensor = await decodePicture(await bytes(), SQUASH);
    expect(tensor.shape).toEqual([1, 3, 8, 8]);
    expectColour(tensor, [0, 4], [255, 0, 0], tolerance);
    expectColour(tensor, [7, 4], [0, 0, 255], tolerance);
  });

  test("maps 0..255 to [-1, 1]", async () => {
    const bytes = await redAndBlue().png().toBuffer();
    const { data } = await decodePicture(bytes, SQUASH);
    expect(data[0]).toBe(1);
    expect(data[64]).toBe(-1);
  });

  test.each([
    ["8-bit grey", "b-w", { channels: 1, depth: "uchar" }],
    ["16-bit grey", "grey16", { channels: 1, depth: "ushort" }],
    ["16-bit colour", "rgb16", { channels: 3, depth: "ushort" }],
  ])("reads %s as three 8-bit channels", async (_, space, stored) => {
    const grey = sharp(new Uint8Array(192).fill(100), { raw: { width: 8, height: 8, channels: 3 } });
    const bytes = await grey.toColourspace(space).png().toBuffer();
    expect(await sharp(bytes).metadata()).toMatchObject(stored);
    expectColour(await decodePicture(bytes, SQUASH), [3, 3], [100, 100, 100], 1);
  });

  test("puts transparent pixels on the background, white by default", async () => {
    const bytes = await sharp({
      create: { width: 8, height: 8, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
    })
      .png()
      .toBuffer();
    expectColour(await decodePicture(bytes, SQUASH), [4, 4], [255, 255, 255]);
    expectColour(await decodePicture(bytes, { ...SQUASH, background: [0, 128, 7] }), [4, 4], [0, 128, 7]);
  });

  test("turns a picture upright by its EXIF orientation", async () => {
    // Orientation 6: stored lying, shown after a quarter turn clockwise, so left becomes top.
    const bytes = await redAndBlue(32, 16).withMetadata({ orientation: 6 }).jpeg({ quality: 95 }).toBuffer();
    const tensor = await decodePicture(bytes, SQUASH);
    expectColour(tensor, [4, 0], [255, 0, 0], 20);
    expectColour(tensor, [4, 7], [0, 0, 255], 20);
  });

  test("squash keeps the edges of a wide picture, crop its middle", async () => {
    const data = new Uint8Array(48 * 16 * 3); // green in the middle third, black beside it
    for (let i = 0; i < 48 * 16; i++) if (Math.floor((i % 48) / 16) === 1) data[i * 3 + 1] = 255;
    const bytes = await sharp(data, { raw: { width: 48, height: 16, channels: 3 } })
      .png()
      .toBuffer();
    const squashed = await decodePicture(bytes, { size: 12, fit: "squash" });
    expectColour(squashed, [0, 6], [0, 0, 0]);
    expectColour(squashed, [6, 6], [0, 255, 0]);
    const cropped = await decodePicture(bytes, { size: 16, fit: "crop" });
    for (const x of [0, 8, 15]) expectColour(cropped, [x, 8], [0, 255, 0]);
  });

  test("takes the first frame of an animation", async () => {
    const frames = [
      [255, 0, 0],
      [0, 255, 0],
    ].flatMap((colour) => Array.from({ length: 64 }, () => colour).flat());
    const bytes = await sharp(Uint8Array.from(frames), { raw: { width: 8, height: 16, channels: 3, pageHeight: 8 } })
      .webp({ lossless: true, delay: [50, 50] })
      .toBuffer();
    expect((await sharp(bytes).metadata()).pages).toBe(2);
    expectColour(await decodePicture(bytes, SQUASH), [4, 4], [255, 0, 0]);
  });

  test.each([
    [2, 100],
    [100, 2],
    [12, 20],
  ])("crops the middle of %i x %i as if the whole picture were enlarged first", async (width, height) => {
    const pixels = width * height;
    const data = noise(pixels * 3);
    const bytes = await sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer();
    const planes = Float32Array.from(data, (_, i) => data[(i % pixels) * 3 + Math.floor(i / pixels)]! / 127.5 - 1);
    const scale = 16 / Math.min(width, height);
    const [wide, tall] = [Math.trunc(width * scale), Math.trunc(height * scale)];
    const whole = toRgb(resize(new Tensor(planes, [1, 3, height, width]), tall, wide)).data;
    const seen = toRgb(await decodePicture(bytes, { size: 16, fit: "crop" })).data;
    for (let row = 0; row < 16; row++) {
      const first = (((tall - 16) >> 1) + row) * wide + ((wide - 16) >> 1);
      expect(seen.subarray(row * 48, row * 48 + 48)).toEqual(whole.subarray(first * 3, first * 3 + 48));
    }
  });

  test("takes the first of a thousand frames", async () => {
    const frames = Uint8Array.from({ length: 1000 * 48 }, (_, i) => (i < 48 ? 255 : i % 251));
    const bytes = await sharp(frames, { raw: { width: 4, height: 4000, channels: 3, pageHeight: 4 } })
      .webp({ lossless: true, delay: Array(1000).fill(20) })
      .toBuffer();
    expect((await sharp(bytes).metadata()).pages).toBe(1000);
    expectColour(await decodePicture(bytes, SQUASH), [4, 4], [255, 255, 255]);
  });

  test("does not unpack what is no pixel: 200 MB of text and a profile of 100 MB in chunks of a PNG", async () => {
    const small = await redAndBlue().png().toBuffer();
    const text = chunk("zTXt", Buffer.concat([Buffer.from("a\0\0"), deflateSync(Buffer.alloc(200_000_000))]));
    const profile = chunk("iCCP", Buffer.concat([Buffer.from("a\0\0"), deflateSync(Buffer.alloc(100_000_000))]));
    const bytes = Buffer.concat([small.subarray(0, 33), text, profile, small.subarray(33)]);
    expectColour(await decodePicture(bytes, SQUASH), [0, 4], [255, 0, 0]);
  });

  test("ends at once when it is canceled, before the decoder does", async () => {
    const bytes = await sharp({ create: { width: 5000, height: 5000, channels: 3, background: "red" } })
      .png()
      .toBuffer();
    const controller = new AbortController();
    let decoded = false;
    const decoding = decodePicture(bytes, { ...SQUASH, signal: controller.signal }).finally(() => {
      decoded = true;
    });
    controller.abort();
    await expect(decoding).rejects.toThrow(expect.objectContaining({ code: "CANCELED" }));
    const { signal } = controller;
    await expect(decodePicture(bytes, { ...SQUASH, signal })).rejects.toThrow(
      expect.objectContaining({ code: "CANCELED" }),
    );
    expect(decoded).toBe(true);
  });
});

describe("decodePicture refuses", () => {
  test.each<[string, Uint8Array, string]>([
    ["an empty file", new Uint8Array(0), "empty"],
    ["text", Buffer.from("a red apple, in words"), "not a PNG, JPEG or WebP"],
    ["SVG", Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>'), "not a PNG, JPEG or WebP"],
    ["GIF", Buffer.from("GIF89a\x01\x00\x01\x00\x00\x00\x00;", "latin1"), "not a PNG, JPEG or WebP"],
    ["a PNG that is only its signature", Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), "damaged"],
    ["a JPEG's first bytes before nonsense", Buffer.from("\xff\xd8\xff nonsense", "latin1"), "damaged"],
    ["a RIFF file that is no WebP", Buffer.from("RIFF\x04\x00\x00\x00WAVE", "latin1"), "not a PNG, JPEG or WebP"],
  ])("%s", async (_, bytes, message) => {
    await expect(decodePicture(bytes, SQUASH)).rejects.toThrow(refusal(message));
  });

  test.each(["png", "jpeg", "webp"] as const)("a %s cut in the middle", async (format) => {
    const noise = clamp(new Random(1, "noise").normal([1, 3, 64, 64]), -1, 1);
    const whole = await sharp(await encodePng(noise))
      .toFormat(format)
      .toBuffer();
    expect((await decodePicture(whole, SQUASH)).shape).toEqual([1, 3, 8, 8]);
    await expect(decodePicture(whole.subarray(0, whole.length >> 1), SQUASH)).rejects.toThrow(refusal("damaged"));
  });

  test("too many pixels, from the header alone", async () => {
    const bytes = await redAndBlue().png().toBuffer();
    // IHDR: width and height follow the signature (8), the chunk's length (4) and its name (4). The CRC then disagrees,
    // so it is made anew; no pixel of the 50,000 x 50,000 exists.
    bytes.writeUInt32BE(50_000, 16);
    bytes.writeUInt32BE(50_000, 20);
    bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
    await expect(decodePicture(bytes, SQUASH)).rejects.toThrow(refusal("50000 x 50000 pixels; at most 25 megapixels"));
  });

  // 1 x 8,000 took 75 s and 1.2 GB, 1 x 25,000,000 failed three times as an internal error.
  test.each(["squash", "crop"] as const)("pictures too thin to %s", async (fit) => {
    for (const [width, height] of [
      [1, 8_000],
      [8_000, 1],
      [1, 16_000],
    ] as const) {
      const bytes = await sharp({ create: { width, height, channels: 3, background: "red" } })
        .png()
        .toBuffer();
      await expect(decodePicture(bytes, { size: 224, fit })).rejects.toThrow(
        refusal(`${width} x ${height} pixels; the longer side may be at most 50 times the shorter one`),
      );
    }
  });
});

test("no other loader is open in this process", async () => {
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>');
  await expect(sharp(svg).png().toBuffer()).rejects.toThrow();
});

describe("encodePng", () => {
  test("is read back as it was, to half a step of 8 bits", async () => {
    const tensor = clamp(new Random(2, "picture").normal([1, 3, 16, 16]), -1, 1);
    const back = await decodePicture(await encodePng(tensor), { size: 16, fit: "squash" });
    expect(back.data.every((value, i) => Math.abs(value - tensor.data[i]!) <= 1 / 255 + 1e-6)).toBe(true);
  });

  test("gives the same bytes for the same tensor", async () => {
    const tensor = new Random(3, "picture").normal([1, 3, 64, 64]);
    expect(await encodePng(tensor)).toEqual(await encodePng(tensor));
  });

  test("clamps what lies outside, and never turns NaN into black", async () => {
    expect(Array.from(toRgb(new Tensor(Float32Array.of(-9, 0, 9), [1, 3, 1, 1])).data)).toEqual([0, 128, 255]);
    const broken = zeros([1, 3, 2, 2]);
    broken.data[5] = Number.NaN;
    await expect(encodePng(broken)).rejects.toThrow(expect.objectContaining({ code: "NUMERIC_FAILURE" }));
    await expect(encodePng(zeros([2, 3, 4, 4]))).rejects.toThrow("[1,3,h,w], not [2,3,4,4]");
  });
});
