// Bundles in S3, each under the SHA-256 of its bundle.json, which holds those of all its other files.
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rename, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";

const INDEX = "bundle.json";

export type BundleLocation = {
  readonly bucket: string;
  /** "bundles/<digest>" */
  readonly prefix: string;
};

/** Of s3://bucket/bundles/<digest>; undefined for anything else. */
export function parseBundleLocation(url: string): BundleLocation | undefined {
  const { bucket, prefix } = /^s3:\/\/(?<bucket>[^/]+)\/(?<prefix>.+\/[0-9a-f]{64})\/?$/.exec(url)?.groups ?? {};
  return bucket && prefix ? { bucket, prefix } : undefined;
}

/**
 * Into a folder, bundle.json last, so that a folder with one is whole. What is there already, in its full size, stays: the
 * engine looks at every digest when it opens the bundle. Throws where the shelf holds another bundle than its name says.
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
  if (digest !== path.basename(prefix)) throw new Error(`s3://${bucket}/${prefix} holds the bundle ${digest}`);
  const { files } = JSON.parse(Buffer.from(index).toString()) as { files: Record<string, { bytes: number }> };
  await mkdir(folder, { recursive: true });
  const pulling = Object.entries(files).map(async ([name, { bytes }]) => {
    if (path.basename(name) !== name) throw new Error(`${name} is not the name of a file`);
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
