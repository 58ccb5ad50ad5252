// One file per blob (blob-tail.ts). The file's name is a hash of the key, so that no key leaves the folder, and none
// collides with another by case or with a folder. Blobs whose keys begin alike, as those of one job do, share a folder,
// whose name is a hash too. They are found without a look at all others. A file that disagrees with its metadata is
// damaged: it is set aside and counts as missing.
import { randomUUID } from "node:crypto";
import { link, mkdir, open, opendir, readFile, rename, rm, rmdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { sha256 } from "../jobs/identity.ts";
import type { Blob } from "../ports.ts";
import { DamagedFile, decodeTail, encodeTail, readTail } from "./blob-tail.ts";

/** Receives the name of each damaged file. */
export type ReportDamage = (file: string) => void;

const draftsFolder = (folder: string): string => join(folder, "drafts");
const damagedFolder = (folder: string): string => join(folder, "damaged");

/** Writes a draft, syncs it to disk, then renames it. Returns false if `ifAbsent` and the blob exists. */
export async function writeBlob(folder: string, key: string, blob: Blob, at: number, ifAbsent: boolean) {
  const file = blobPath(folder, key);
  const draft = join(draftsFolder(folder), randomUUID());
  const { bytes, contentType } = blob;
  try {
    const handle = await open(draft, "wx");
    try {
      await handle.writeFile(bytes);
      await handle.writeFile(encodeTail({ key, contentType, sha256: sha256(bytes) }));
      await handle.utimes(at / 1000, at / 1000);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // Unlike rename, link fails if the file exists, so exactly one of several concurrent writers succeeds.
    const publish = () => (ifAbsent ? falseIfExists(link(draft, file)) : rename(draft, file).then(() => true));
    if (!(await inFolder(dirname(file), publish))) return false;
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(dirname(file));
  return true;
}

export async function readBlob(folder: string, key: string, report: ReportDamage): Promise<Blob | undefined> {
  return undamaged(folder, blobPath(folder, key), withKey(report, key), async (file) => {
    const whole = await readFile(file);
    const { about, end } = decodeTail(whole, whole.length);
    const bytes = whole.subarray(0, end);
    if (about.key !== key || about.sha256 !== sha256(bytes)) throw new DamagedFile();
    return { bytes, contentType: about.contentType };
  });
}

export async function blobHead(folder: string, key: string, report: ReportDamage) {
  return undamaged(folder, blobPath(folder, key), withKey(report, key), async (file) => {
    const { about, end } = await readTail(file);
    return { bytes: end, contentType: about.contentType };
  });
}

/** Undefined if the file is missing, or is damaged and was set aside. */
async function undamaged<T>(
  folder: string,
  file: string,
  report: ReportDamage,
  read: (file: string) => Promise<T>,
): Promise<T | undefined> {
  try {
    return await undefinedIfMissing(read(file));
  } catch (error) {
    if (!(error instanceof DamagedFile)) throw error;
    report(file);
    await setAside(folder, file);
    return undefined;
  }
}

const withKey =
  (report: ReportDamage, key: string): ReportDamage =>
  (file) =>
    report(`${file} (${key})`);

async function setAside(folder: string, file: string): Promise<void> {
  await mkdir(damagedFolder(folder), { recursive: true, mode: 0o700 });
  await undefinedIfMissing(rename(file, join(damagedFolder(folder), basename(file))));
}

export async function removeBlob(folder: string, key: string): Promise<void> {
  await rm(blobPath(folder, key), { force: true });
}

/** Removes up to `limit` blobs with this prefix that were written before `before`. Returns the number removed. */
export async function removeBefore(
  folder: string,
  { prefix, before, limit }: Removal,
  report: ReportDamage,
): Promise<number> {
  const which = { mayBeOld: (at: number) => at < before, isOld: (key: string) => key.startsWith(prefix) };
  let removed = 0;
  for await (const group of groupsOf(folder, prefix)) {
    for await (const isRemoved of removeFromGroup(folder, group, which, report)) {
      if (isRemoved && ++removed === limit) return removed;
    }
  }
  return removed;
}

type Removal = { readonly prefix: string; readonly before: number; readonly limit: number };

/** Which blobs to remove. `at` is the time of writing. */
export type Old = {
  /** False spares the file from being read. */
  readonly mayBeOld: (at: number) => boolean;
  readonly isOld: (key: string, at: number) => boolean;
};

/** Looks at every file once and removes the old ones. Yields after each file. */
export async function* removeOld(folder: string, old: Old, report: ReportDamage): AsyncGenerator<unknown> {
  for await (const group of groupsOf(folder, "")) yield* removeFromGroup(folder, group, old, report);
}

/** Yields for each file whether it was removed. */
async function* removeFromGroup(
  folder: string,
  group: string,
  { mayBeOld, isOld }: Old,
  report: ReportDamage,
): AsyncGenerator<boolean> {
  let left = 0;
  for await (const { name } of (await undefinedIfMissing(opendir(group))) ?? []) {
    const file = join(group, name);
    left++;
    const at = (await undefinedIfMissing(stat(file)))?.mtimeMs;
    const tail = at !== undefined && mayBeOld(at) ? await undamaged(folder, file, report, readTail) : undefined;
    const isRemoved = tail !== undefined && isOld(tail.about.key, at!);
    if (isRemoved) {
      await rm(file, { force: true });
      left--;
    }
    yield isRemoved;
  }
  // Fails if a blob was written meanwhile.
  if (left === 0) await rmdir(group).catch(() => {});
}

/** The files of all blobs, relative to the folder. A file that is written or removed meanwhile may be missing. */
export async function* blobFiles(folder: string): AsyncGenerator<string> {
  for await (const group of groupsOf(folder, "")) {
    for await (const { name } of (await undefinedIfMissing(opendir(group))) ?? []) yield join(basename(group), name);
  }
}

const GROUP_NAME = /^[0-9a-f]{64}$/;

/** The folders that may hold blobs whose keys have this prefix. */
async function* groupsOf(folder: string, prefix: string): AsyncGenerator<string> {
  if (prefix.split("/").length > GROUP_PARTS) return yield dirname(blobPath(folder, prefix));
  for await (const { name } of await opendir(folder)) if (GROUP_NAME.test(name)) yield join(folder, name);
}

/** Creates the folder and removes what an earlier process left unfinished. */
export async function prepare(folder: string): Promise<void> {
  await rm(draftsFolder(folder), { recursive: true, force: true });
  await mkdir(draftsFolder(folder), { recursive: true, mode: 0o700 });
  await syncFolder(join(folder, ".."));
}

/** The parts of a key that name its folder: "pictures/<job>", "stages/<fingerprint>". */
const GROUP_PARTS = 2;

function blobPath(folder: string, key: string): string {
  return join(folder, sha256(key.split("/").slice(0, GROUP_PARTS).join("/")), sha256(key));
}

/** Puts a file into a folder that may not exist, or that `removeBefore` removes at this moment. */
async function inFolder<T>(folder: string, put: () => Promise<T>): Promise<T> {
  try {
    return await put();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await syncFolder(dirname(folder));
    return inFolder(folder, put);
  }
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
