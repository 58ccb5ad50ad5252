import { checkKey, checkMediaType } from "../limits.ts";
import type { Blobs, Clock } from "../ports.ts";
import { blobHead, prepare, type ReportDamage, readBlob, removeBefore, removeBlob, writeBlob } from "./blob-files.ts";
import type { BlobSigner } from "./blob-signer.ts";
import { expiredBlobs } from "./expired-blobs.ts";

export type LocalBlobs = Blobs & {
  /** Deletes some of the blobs that were kept for RETENTION_DAYS. About sixty calls reach all of them. */
  removeExpired(now: number): Promise<void>;
  /** Closes the folders that `removeExpired` is about to look at. */
  close(): Promise<void>;
};

/**
 * Blobs as files in a folder that only this process uses. Removes unfinished files of an earlier process. A damaged file
 * is set aside, passed to `report`, and counts as missing.
 */
export async function localBlobs(
  folder: string,
  signer: BlobSigner,
  clock: Clock,
  report: ReportDamage = () => {},
): Promise<LocalBlobs> {
  await prepare(folder);
  return {
    put: async (key, blob, { ifAbsent = false } = {}) => {
      checkKey(key);
      checkMediaType(blob.contentType);
      return writeBlob(folder, key, blob, clock.now(), ifAbsent);
    },
    get: async (key) => readBlob(folder, key, report),
    head: async (key) => blobHead(folder, key, report),
    remove: async (key) => removeBlob(folder, key),
    signGet: async (key, seconds) => signer.url(key, seconds),
    signUpload: async (key, limits) => signer.ticket(key, limits),
    forget: async (prefix, before, limit) => removeBefore(folder, { prefix, before, limit }, report),
    ...expiredBlobs(folder, report),
  };
}
