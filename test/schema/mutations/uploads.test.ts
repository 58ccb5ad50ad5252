// Accepted uploads. Refused ones are in bad-uploads.test.ts.
import { expect, test } from "vitest";
import { uploadKey } from "../../../infra/jobs/keys.ts";
import { PNG, Service, UPLOAD, VARIATIONS } from "../../support/schema/service.ts";

const service = new Service();
const bytes = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
const JPEG = bytes("\xff\xd8\xff\xe0 and so on");
const WEBP = bytes("RIFF\x10\0\0\0WEBPVP8 ");

const vary = async (image: string, as = "ada") => service.get(VARIATIONS, { input: { image } }, as);
const refused = (about: string) => {
  return { code: "INVALID_INPUT", retryable: false, field: "image", message: expect.stringContaining(about) };
};

test("createUpload returns a form for one file of the given type and size", async () => {
  const upload = await service.get(UPLOAD, { input: { contentType: "image/png", bytes: 123 } });
  expect(upload).toMatchObject({ __typename: "UploadForm", url: "memory:///" });
  expect(upload.fields).toEqual([
    { name: "key", value: `uploads/ada/${upload.uploadId}` },
    { name: "Content-Type", value: "image/png" },
    { name: "x-max-bytes", value: "123" },
  ]);
});

test.each([
  ["PNG", PNG, "image/png"],
  ["JPEG", JPEG, "image/jpeg"],
  ["WebP", WEBP, "image/webp"],
])("an upload of type %s is accepted", async (_, file, type) => {
  expect(await vary(await service.upload(file, type))).toMatchObject({ __typename: "Job" });
});

test("a file over the size limit is refused, even if the upload form let it through", async () => {
  const small = new Service({ policy: { uploadBytes: 10 } });
  const { uploadId: id } = await small.get(UPLOAD, { input: { contentType: "image/png", bytes: 10 } });
  await small.blobs.put(uploadKey("ada", id), { bytes: PNG, contentType: "image/png" });
  expect(await small.get(VARIATIONS, { input: { image: id } })).toMatchObject(refused("11 bytes"));
});

test("an upload can be used only by its owner", async () => {
  const id = await service.upload(PNG, "image/png", "bob");
  expect(await vary(id)).toMatchObject(refused("not the id of one of your uploads"));
  expect(await vary(id, "bob")).toMatchObject({ __typename: "Job" });
});
