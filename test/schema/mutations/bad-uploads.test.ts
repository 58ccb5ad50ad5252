// Uploads that are no picture, or not the caller's: each verb that takes one names the field, and nothing is stored.
import { expect, test } from "vitest";
import { uploadKey } from "../../../infra/jobs/keys.ts";
import { leavesNothing } from "../../support/schema/leaves-nothing.ts";
import { INTERPOLATE, MANIPULATE, PNG, Service, UPLOAD, VARIATIONS } from "../../support/schema/service.ts";

const service = new Service();
const nothing = leavesNothing(service);

const bytes = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
const jpeg = bytes("\xff\xd8\xff\xe0 and so on");
const files: [string, Uint8Array, string, string][] = [
  ["nothing", new Uint8Array(), "image/png", "empty"],
  ["SVG as PNG", bytes('<svg xmlns="http://www.w3.org/2000/svg"/>'), "image/png", "no PNG"],
  ["a truncated PNG signature", PNG.subarray(0, 7), "image/png", "no PNG"],
  ["HTML", bytes("<!doctype html><script>"), "image/jpeg", "no PNG"],
  ["GIF", bytes("GIF89a"), "image/png", "no PNG"],
  ["PDF", bytes("%PDF-1.7"), "image/png", "no PNG"],
  ["another RIFF", bytes("RIFF\x10\0\0\0WAVEfmt "), "image/webp", "no PNG"],
  ["JPEG that was declared PNG", jpeg, "image/png", "declared as image/png"],
  ["PNG that was declared WebP", PNG, "image/webp", "declared as image/webp"],
  ["more than may be", bytes(`\x89PNG\r\n\x1a\n${"x".repeat(10_000_000)}`), "image/png", "10000008 bytes"],
];
const verbs = [
  ["image", VARIATIONS, (id: string) => ({ image: id })],
  ["between.1.image", INTERPOLATE, (id: string) => ({ between: [{ prompt: "a" }, { image: id }] })],
  ["image", MANIPULATE, (id: string) => ({ image: id, to: "a dog" })],
] as const;
const refused = (field: string, about: string) => {
  return { code: "INVALID_INPUT", retryable: false, field, message: expect.stringContaining(about) };
};

test.each(files)("%s", async (_, file, type, about) => {
  const id = await service.upload(new Uint8Array([1]), type);
  await service.blobs.put(uploadKey("ada", id), { bytes: file, contentType: type });
  nothing.more();
  for (const [field, query, input] of verbs) {
    expect(await service.get(query, { input: input(id) })).toMatchObject(refused(field, about));
  }
});

test("an upload of somebody else, by any name of it, or one whose file was not sent", async () => {
  const bobs = await service.upload(PNG, "image/png", "bob");
  const { id: unsent } = await service.get(UPLOAD, { input: { contentType: "image/png", bytes: 10 } });
  nothing.more();
  const names = [bobs, `../bob/${bobs}`, `bob/${bobs}`, `uploads/bob/${bobs}`, `%2e%2e/bob/${bobs}`, `${bobs}\u0000`];
  for (const id of [...names, unsent]) {
    for (const [field, query, input] of verbs) {
      expect(await service.get(query, { input: input(id) })).toMatchObject(refused(field, "no upload of yours"));
    }
  }
});
