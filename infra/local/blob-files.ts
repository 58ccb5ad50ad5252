// One file per blob: the blob's bytes, then its metadata, then the metadata's length. There is no second file that could
// disagree, and a picture's file still opens as a picture. The file's name is a hash of the key, so that no key leaves the
// folder, and none collides with another by case or with a folder.
import { createHash, randomUUID } from "node:crypto";
import { link, mkdir, open, opendir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Blob } from "../ports.ts";

type Metadata = { readonly key: string; readonly contentType: string };

const LENGTH_BYTES = 4;
/** Longer than any metadata with its length. */
const TAIL_BYTES = 4096;

const draftsFolder = (folder: string): string => join(folder, "drafts");

/** Writes a draft, syncs it to disk, then renames it. Returns false if `ifAbsent` and the blob exists. */
export async function writeBlob(folder: string, key: string, blob: Blob, at: number, ifAbsent: boolean) {
  const file = blobPath(folder, key);
  const draft = join(draftsFolder(folder), randomUUID());
  const about = Buffer.from(JSON.stringify({ key, contentType: blob.contentType } satisfies Metadata));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(about.length);
  try {
    const handle = await open(draft, "wx");
    try {
      await handle.writeFile(blob.bytes);
      await handle.writeFile(Buffer.concat([about, length]));
      await handle.utimes(at / 1000, at / 1000);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (!ifAbsent) await rename(draft, file);
    // Unlike rename, link fails if the file exists, so exactly one of several concurrent writers succeeds.
    else if (!(await falseIfExists(link(draft, file)))) return false;
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(folder);
  return true;
}

export async function readBlob(folder: string, key: string): Promise<Blob | undefined> {
  const whole = await undefinedIfMissing(readFile(blobPath(folder, key)));
  if (whole === undefined) return undefined;
  const { about, end } = parse(whole, whole.length);
  return { bytes: whole.subarray(0, end), contentType: about.contentType };
}

export async function blobHead(folder: string, key: string) {
  const tail = await undefinedIfMissing(readTail(blobPath(folder, key)));
  return tail && { bytes: tail.end, contentType: tail.about.contentType };
}

export async function removeBlob(folder: string, key: string): Promise<void> {
  await rm(blobPath(folder, key), { force: true });
}

/** Removes up to `limit` blobs with this prefix that were written before `before`. Returns the number removed. */
export async function removeBefore(folder: string, prefix: string, before: number, limit: number): Promise<number> {
  let removed = 0;
  for await (const entry of await opendir(folder)) {
    if (removed >= limit) break;
    const file = join(folder, entry.name);
    if (!entry.isFile() || ((await undefinedIfMissing(stat(file)))?.mtimeMs ?? before) >= before) continue;
    if (!(await undefinedIfMissing(readTail(file)))?.about.key.startsWith(prefix)) continue;
    await rm(file, { force: true });
    removed++;
  }
  return removed;
}

/** Creates the folder and removes what an earlier process left unfinished. */
export async function prepare(folder: string): Promise<void> {
  await rm(draftsFolder(folder), { recursive: true, force: true });
  await mkdir(draftsFolder(folder), { recursive: true, mode: 0o700 });
  await syncFolder(join(folder, ".."));
}

function blobPath(folder: string, key: string): string {
  return join(folder, createHash("sha256").update(key).digest("hex"));
}

async function readTail(file: string) {
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
    await handle.read(tail, 0, tail.length, size - tail.length);
    return parse(tail, size);
  } finally {
    await handle.close();
  }
}

/** `tail` is the end of a file of `size` bytes. Returns the metadata, and the number of bytes of the blob itself. */
function parse(tail: Buffer, size: number): { about: Metadata; end: number } {
  const stop = tail.length - LENGTH_BYTES;
  const start = stop - tail.readUInt32LE(stop);
  return { about: JSON.parse(tail.toString("utf8", start, stop)) as Metadata, end: size - (tail.length - start) };
}

/** Makes new file names durable. Windows has no such call and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function undefinedIfMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  return reading.catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

async function falseIfExists(linking: Promise<void>): Promise<boolean> {
  return linking.then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") return false;
      throw error;
    },
  );
}
