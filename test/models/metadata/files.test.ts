// The record of a request in PNG, WebP and GIF files: written, read by others, and read safely from files that lie.
import { execFileSync } from "node:child_process";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { readProvenance, writeProvenance } from "../../../models/metadata/files.ts";
import type { Provenance } from "../../../models/metadata/provenance.ts";
import { fromXmp, MAX_PACKET_BYTES, toXmp } from "../../../models/metadata/xmp.ts";
import { animate, encodePng } from "../../../models/tensor/picture.ts";
import { Random } from "../../../models/tensor/random.ts";
import { Tensor } from "../../../models/tensor/tensor.ts";
import { randomOf } from "../../support/random.ts";

const record: Provenance = {
  version: "0.1.0",
  model: { name: "picto", version: "2" },
  verb: "generate",
  request: { prompt: `a "cat" & a <dog>, 猫 🐈 \u0001\ud800`, size: 64, seed: 4294967295, guidance: 2.5 },
};
const FORMATS = ["png", "webp", "gif"] as const;

const noise = (seed: number) => {
  const random = new Random(seed, "picture");
  return new Tensor(
    Float32Array.from({ length: 3 * 8 * 6 }, () => 2 * random.uniform() - 1),
    [1, 3, 8, 6],
  );
};
const plain = {} as Record<(typeof FORMATS)[number], Uint8Array>;

beforeAll(async () => {
  plain.png = await encodePng(noise(0));
  for (const format of ["webp", "gif"] as const) {
    plain[format] = await animate([noise(0), noise(1), noise(2)], { format, delay: 120 });
  }
});

describe.each(FORMATS)("a %s file", (format) => {
  it("gives back the record, and has the same bytes for the same record", () => {
    const file = writeProvenance(plain[format], record);
    expect(readProvenance(file)).toEqual(record);
    expect(writeProvenance(plain[format], record)).toEqual(file);
    expect(readProvenance(plain[format])).toBeUndefined();
  });

  it("is still the picture that it was, to other software", () => {
    // A process of its own, because the engine's cannot decode GIF.
    const script = `const sharp = require("sharp");
      const decode = (bytes) => sharp(bytes, { animated: true }).raw().toBuffer();
      (async () => {
        const [before, after] = JSON.parse(require("fs").readFileSync(0, "utf8")).map((file) => Buffer.from(file, "base64"));
        const { pages, loop, delay, xmpAsString } = await sharp(after, { animated: true }).metadata();
        const same = (await decode(before)).equals(await decode(after));
        console.log(JSON.stringify({ same, pages, loop, delay, xmp: xmpAsString }));
      })();`;
    const files = [plain[format], writeProvenance(plain[format], record)];
    const input = JSON.stringify(files.map((file) => Buffer.from(file).toString("base64")));
    const seen = JSON.parse(execFileSync(process.execPath, ["-e", script], { input, encoding: "utf8" }));
    expect(seen.same).toBe(true);
    if (format !== "png") expect(seen).toMatchObject({ pages: 3, loop: 0, delay: [120, 120, 120] });
    // libvips does not read the XMP of GIF files.
    if (format !== "gif") expect(fromXmp(seen.xmp)).toEqual(record);
  });

  it("may be cut off anywhere", () => {
    const file = writeProvenance(plain[format], record);
    for (let length = 0; length < file.length; length++) {
      expect([undefined, JSON.stringify(record)]).toContain(JSON.stringify(readProvenance(file.subarray(0, length))));
    }
  });

  it("may be damaged anywhere", () => {
    const file = writeProvenance(plain[format], record);
    const random = randomOf(3);
    for (let i = 0; i < 3_000; i++) {
      const damaged = file.slice();
      for (let k = 0; k < 4; k++) damaged[Math.floor(random() * file.length)] = Math.floor(random() * 256);
      expect(() => readProvenance(damaged)).not.toThrow();
    }
  });

  it("with a packet longer than any record has none", () => {
    const long = { ...record, request: { prompt: "a".repeat(MAX_PACKET_BYTES) } };
    expect(readProvenance(writeProvenance(plain[format], long))).toBeUndefined();
  });
});

it("is in an animation whose frames are all equal, which libwebp writes as a picture", async () => {
  const still = await animate([noise(0), noise(0)], { format: "webp", delay: 120 });
  const file = writeProvenance(still, record);
  expect(Buffer.from(still).toString("latin1", 12, 16)).toBe("VP8 ");
  expect(readProvenance(file)).toEqual(record);
  expect(await sharp(file).metadata()).toMatchObject({ width: 6, height: 8 });
  expect(await sharp(file).raw().toBuffer()).toEqual(await sharp(still).raw().toBuffer());
});

it("is XML with the caption, the software and the IPTC's mark of pictures that a model made", async () => {
  const xmp = toXmp(record);
  expect(xmp).toContain("a &quot;cat&quot; &amp; a &lt;dog&gt;, 猫 🐈 \ufffd");
  expect(xmp).toContain("<xmp:CreatorTool>unclip 0.1.0, picto 2</xmp:CreatorTool>");
  expect(xmp).toContain("digitalsourcetype/trainedAlgorithmicMedia");
  expect(await sharp(writeProvenance(plain.png, record)).metadata()).toMatchObject({ xmpAsString: expect.any(String) });
});

describe("a packet is no record when", () => {
  const packet = (json: string) => `<unclip:record>${json}</unclip:record>`;
  it.each([
    ["it has no element", "<x:xmpmeta/>"],
    ["its element has no end", "<unclip:record>{}"],
    ["the element is not JSON", packet("{")],
    ["it is nested deeply", packet("[".repeat(100_000))],
    ["it is no object", packet("7")],
    ["a field is missing", packet(JSON.stringify({ ...record, model: {} }))],
    ["the verb is none", packet(JSON.stringify({ ...record, verb: "delete" }))],
    ["the request is a list", packet(JSON.stringify({ ...record, request: [] }))],
  ])("%s", (_, text) => {
    expect(fromXmp(text)).toBeUndefined();
  });
});
