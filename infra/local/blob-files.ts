// One file a blob: its bytes, then what is known of them, then how long that is. So there is no second file to disagree
// with, and a file of a picture still opens as one. It is named by a hash of its key: no key can leave the folder, and
// none collides with another where names differ in case only or a folder has the name of a file.
import { createHash, randomUUID } from "node:crypto";
import { link, mkdir, open, opendir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Blob } from "../ports.ts";

type About = { readonly key: string; readonly contentType: string };

const LENGTH_BYTES = 4;
/** Longer than any `About` with its length. */
const TAIL_BYTES = 4096;

const draftsOf = (folder: string): string => join(folder, "drafts");

/** A draft, made safe on disk, then given its name in one step. False when `ifAbsent` and the name is taken. */
export async function writeBlob(folder: string, key: string, blob: Blob, at: number, ifAbsent: boolean) {
  const file = pathOf(folder, key);
  const draft = join(draftsOf(folder), randomUUID());
  const about = Buffer.from(JSON.stringify({ key, contentType: blob.contentType } satisfies About));
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
    // Unlike rename, this fails when there is one: of many at once, one wins.
    else if (!(await unlessThere(link(draft, file)))) return false;
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(folder);
  return true;
}

export async function readBlob(folder: string, key: string): Promise<Blob | undefined> {
  const whole = await unlessMissing(readFile(pathOf(folder, key)));
  if (whole === undefined) return undefined;
  const { about, end } = parse(whole, whole.length);
  return { bytes: whole.subarray(0, end), contentType: about.contentType };
}

export async function blobHead(folder: string, key: string) {
  const tail = await unlessMissing(readTail(pathOf(folder, key)));
  return tail && { bytes: tail.end, contentType: tail.about.contentType };
}

export async function removeBlob(folder: string, key: string): Promise<void> {
  await rm(pathOf(folder, key), { force: true });
}

/** Removes up to `limit` blobs with this prefix that were last written before then; returns how many. */
export async function removeBefore(folder: string, prefix: string, before: number, limit: number): Promise<number> {
  let removed = 0;
  for await (const entry of await opendir(folder)) {
    if (removed >= limit) break;
    const file = join(folder, entry.name);
    if (!entry.isFile() || ((await unlessMissing(stat(file)))?.mtimeMs ?? before) >= before) continue;
    if (!(await unlessMissing(readTail(file)))?.about.key.startsWith(prefix)) continue;
    await rm(file, { force: true });
    removed++;
  }
  return removed;
}

/** The folder, without what a process left half done. */
export async function prepare(folder: string): Promise<void> {
  await rm(draftsOf(folder), { recursive: true, force: true });
  await mkdir(draftsOf(folder), { recursive: true, mode: 0o700 });
  await syncFolder(join(folder, ".."));
}

function pathOf(folder: string, key: string): string {
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

/** Of the last bytes of a file of so many bytes: what they say, and where the blob itself ends. */
function parse(tail: Buffer, size: number): { about: About; end: number } {
  const stop = tail.length - LENGTH_BYTES;
  const start = stop - tail.readUInt32LE(stop);
  return { about: JSON.parse(tail.toString("utf8", start, stop)) as About, end: size - (tail.length - start) };
}

/** The name itself is safe only when the folder is. Windows has no such call, and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function unlessMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  return reading.catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

async function unlessThere(linking: Promise<void>): Promise<boolean> {
  return linking.then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") return false;
      throw error;
    },
  );
}
