// Downloads a bundle from S3. It is stored under the SHA-256 of its bundle.json, which contains those of its other files.
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rename, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";

const INDEX = "bundle.json";

type BundleLocation = {
  readonly bucket: string;
  /** "bundles/<SHA-256>" */
  readonly prefix: string;
};

/** Parses s3://bucket/bundles/<SHA-256>; undefined for any other URL. */
export function parseBundleLocation(url: string): BundleLocation | undefined {
  const { bucket, prefix } = /^s3:\/\/(?<bucket>[^/]+)\/(?<prefix>.+\/[0-9a-f]{64})\/?$/.exec(url)?.groups ?? {};
  return bucket && prefix ? { bucket, prefix } : undefined;
}

/**
 * Writes bundle.json last, so that a folder with one is complete. Files that exist in full size are not downloaded again;
 * the engine verifies every SHA-256 when it opens the bundle. Throws if bundle.json does not match the location.
 */
export async function downloadBundle(
  client: S3Client,
  { bucket, prefix }: BundleLocation,
  folder: string,
): Promise<void> {
  const open = async (name: string) => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: `${prefix}/${name}` }));
    return Body!;
  };
  const index = await (await open(INDEX)).transformToByteArray();
  const digest = createHash("sha256").update(index).digest("hex");
  if (digest !== path.basename(prefix)) throw new Error(`s3://${bucket}/${prefix} contains bundle ${digest}`);
  const { files } = JSON.parse(Buffer.from(index).toString()) as { files: Record<string, { bytes: number }> };
  await mkdir(folder, { recursive: true });
  const pulling = Object.entries(files).map(async ([name, { bytes }]) => {
    if (path.basename(name) !== name) throw new Error(`bundle.json lists an invalid file name: ${name}`);
    const file = path.join(folder, name);
    const there = await stat(file).catch(() => undefined);
    if (there?.size === bytes) return;
    const part = `${file}.part`;
    await pipeline((await open(name)) as Readable, createWriteStream(part));
    await rename(part, file);
  });
  await Promise.all(pulling);
  await writeFile(path.join(folder, INDEX), index);
}
