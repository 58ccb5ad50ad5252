import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { beforeAll, describe, expect, test } from "vitest";
import { downloadBundle, parseBundleLocation } from "../../../infra/aws/download-bundle.ts";
import { openBundle } from "../../../models/bundle/open.ts";
import { newBucket, onMoto, s3 } from "../../support/aws/moto-resources.ts";

const TINY = path.resolve(import.meta.dirname, "..", "..", "bundles", "tiny");

describe("a bundle's location", () => {
  const digest = "0123456789abcdef".repeat(4);
  test("consists of a bucket and a prefix with a SHA-256", () => {
    expect(parseBundleLocation(`s3://pictures/bundles/${digest}`)).toEqual({
      bucket: "pictures",
      prefix: `bundles/${digest}`,
    });
  });
  test.each([`https://pictures/bundles/${digest}`, `s3://${digest}`, "s3://pictures/bundles/karlo", "s3://"])(
    "%s is none",
    (url) => expect(parseBundleLocation(url)).toBeUndefined(),
  );
});

onMoto("a bundle in S3", () => {
  let bucket: string;
  let digest: string;

  beforeAll(async () => {
    bucket = await newBucket();
    digest = createHash("sha256")
      .update(await readFile(path.join(TINY, "bundle.json")))
      .digest("hex");
    for (const file of await readdir(TINY))
      await put(`bundles/${digest}/${file}`, await readFile(path.join(TINY, file)));
  });

  const put = (Key: string, Body: Uint8Array) => s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  const folder = async () => path.join(await mkdtemp(path.join(tmpdir(), "unclip-shelf-")), "bundle");

  test("is downloaded completely, so that the engine opens it", async () => {
    const to = await folder();
    await downloadBundle(s3, { bucket, prefix: `bundles/${digest}` }, to);
    await expect(openBundle(to)).resolves.toBeDefined();
    expect((await readdir(to)).filter((file) => file.endsWith(".part"))).toEqual([]);
  });

  test("is downloaded again only where files are incomplete", async () => {
    const to = await folder();
    const shelf = { bucket, prefix: `bundles/${digest}` };
    await downloadBundle(s3, shelf, to);
    await rm(path.join(to, "bundle.json"));
    await writeFile(path.join(to, "decoder.onnx"), "cut short");
    await downloadBundle(s3, shelf, to);
    await expect(openBundle(to)).resolves.toBeDefined();
  });

  test("is refused if bundle.json does not match the location, and nothing is written", async () => {
    const wrong = "0".repeat(64);
    await put(`bundles/${wrong}/bundle.json`, Buffer.from('{"files":{}}'));
    const to = await folder();
    await expect(downloadBundle(s3, { bucket, prefix: `bundles/${wrong}` }, to)).rejects.toThrow(
      /contains bundle [0-9a-f]{64}$/,
    );
    await expect(readdir(to)).rejects.toThrow("ENOENT");
  });

  test("is refused if a file name leads outside of the folder", async () => {
    const index = Buffer.from(JSON.stringify({ files: { "../evil": { bytes: 1 } } }));
    const sha = createHash("sha256").update(index).digest("hex");
    await put(`bundles/${sha}/bundle.json`, index);
    await expect(downloadBundle(s3, { bucket, prefix: `bundles/${sha}` }, await folder())).rejects.toThrow("../evil");
  });
});
