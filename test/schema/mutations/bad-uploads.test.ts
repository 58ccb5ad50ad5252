// Uploads that are not pictures, or not the caller's: every mutation refuses them by field and stores nothing.
import { expect, test } from "vitest";
import { uploadKey } from "../../../infra/jobs/keys.ts";
import { expectNoTraces } from "../../support/schema/expect-no-traces.ts";
import {
  INTERPOLATE,
  MANIPULATE,
  PNG,
  RECONSTRUCT,
  Service,
  UPLOAD,
  VARIATIONS,
} from "../../support/schema/service.ts";

const service = new Service();
const traces = expectNoTraces(service);

const bytes = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
const jpeg = bytes("\xff\xd8\xff\xe0 and so on");
const files: [string, Uint8Array, string, string][] = [
  ["an empty file", new Uint8Array(), "image/png", "empty"],
  ["SVG as PNG", bytes('<svg xmlns="http://www.w3.org/2000/svg"/>'), "image/png", "not a PNG"],
  ["a truncated PNG signature", PNG.subarray(0, 7), "image/png", "not a PNG"],
  ["HTML as JPEG", bytes("<!doctype html><script>"), "image/jpeg", "not a PNG"],
  ["GIF as PNG", bytes("GIF89a"), "image/png", "not a PNG"],
  ["PDF as PNG", bytes("%PDF-1.7"), "image/png", "not a PNG"],
  ["WAVE as WebP", bytes("RIFF\x10\0\0\0WAVEfmt "), "image/webp", "not a PNG"],
  ["a JPEG declared as PNG", jpeg, "image/png", "declared as image/png"],
  ["a PNG declared as WebP", PNG, "image/webp", "declared as image/webp"],
  ["a file over the size limit", bytes(`\x89PNG\r\n\x1a\n${"x".repeat(10_000_000)}`), "image/png", "10000008 bytes"],
];
const mutations = [
  ["image", VARIATIONS, (id: string) => ({ image: id })],
  ["between.1.image", INTERPOLATE, (id: string) => ({ between: [{ prompt: "a" }, { image: id }] })],
  ["image", MANIPULATE, (id: string) => ({ image: id, to: "a dog" })],
  ["image", RECONSTRUCT, (id: string) => ({ image: id, dimensions: [1] })],
] as const;
const refused = (field: string, about: string) => {
  return { code: "INVALID_INPUT", retryable: false, field, message: expect.stringContaining(about) };
};

test.each(files)("refuses %s", async (_, file, type, about) => {
  const id = await service.upload(new Uint8Array([1]), type);
  await service.blobs.put(uploadKey("ada", id), { bytes: file, contentType: type });
  traces.ignoreStored();
  for (const [field, query, input] of mutations) {
    expect(await service.get(query, { input: input(id) })).toMatchObject(refused(field, about));
  }
});

test("refuses another owner's upload, by any form of its id, and an upload whose file was not sent", async () => {
  const bobs = await service.upload(PNG, "image/png", "bob");
  const { uploadId: unsent } = await service.get(UPLOAD, { input: { contentType: "image/png", bytes: 10 } });
  traces.ignoreStored();
  const forms = [bobs, `../bob/${bobs}`, `bob/${bobs}`, `uploads/bob/${bobs}`, `%2e%2e/bob/${bobs}`, `${bobs}\u0000`];
  for (const id of [...forms, unsent]) {
    for (const [field, query, input] of mutations) {
      expect(await service.get(query, { input: input(id) })).toMatchObject(
        refused(field, "not the id of one of your uploads"),
      );
    }
  }
});
