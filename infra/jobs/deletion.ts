// Deletes jobs and pictures for their owner: the files first, so that a deletion that fails halfway can be repeated.
import type { Blobs, JobsPorts } from "../ports.ts";
import { fingerprintOf } from "./identity.ts";
import { isTerminal, type JobRecord } from "./job.ts";
import { jobPrefixes, unfinishedPrefixes, uploadKey } from "./keys.ts";
import * as transitions from "./transitions.ts";
import { update } from "./update.ts";

type Ports = Pick<JobsPorts, "store" | "clock"> & { readonly blobs: Blobs };

/** Blobs per call. */
const BATCH = 1_000;
/** Jobs of an owner per list. */
const JOBS = 100;

/** Names the cached stages of a request. */
export function stagesFingerprint({ request, owner }: Pick<JobRecord, "request" | "owner">): string {
  return fingerprintOf(request, { owner });
}

/** Deletes everything that is stored for a job, but for its record and the uploads of its request. */
export async function deleteFiles(job: JobRecord, blobs: Blobs): Promise<void> {
  for (const prefix of jobPrefixes(job.id, stagesFingerprint(job))) await deletePrefix(blobs, prefix);
}

/** Ends the job first if it has not ended. A worker that draws it notices, and deletes what it wrote meanwhile. */
export async function deleteJob(job: JobRecord, ports: Ports): Promise<void> {
  const { store, blobs } = ports;
  for (let newest: JobRecord | undefined = job; newest !== undefined; newest = await store.get(job.id)) {
    const { record } = await update(ports, job.id, transitions.cancel, newest);
    if (record === undefined) return;
    await deleteFiles(record, blobs);
    if (!(await store.remove(record))) continue;
    // A worker may have written files between the two steps.
    if (!isTerminal(job)) await deleteFiles(record, blobs);
    return;
  }
}

/** Deletes all jobs of an owner, and what was uploaded. Returns how many jobs there were. */
export async function deleteOwner(owner: string, ports: Ports): Promise<number> {
  let deleted = 0;
  for (;;) {
    const jobs = await ports.store.list(owner, { first: JOBS });
    for (const job of jobs) await deleteJob(job, ports);
    deleted += jobs.length;
    if (jobs.length < JOBS) break;
  }
  await deletePrefix(ports.blobs, uploadKey(owner, ""));
  return deleted;
}

/** Deletes a picture of a job that has ended, and the sheet and the animation that show it. */
export async function deletePicture(job: JobRecord, index: number, ports: Ports): Promise<void> {
  const { blobs } = ports;
  const keys = [job.drawn.find((picture) => picture.index === index)?.key, job.sheet, job.animation?.key];
  for (const key of keys) if (key !== undefined) await blobs.remove(key);
  for (const prefix of unfinishedPrefixes(job.id, stagesFingerprint(job))) await deletePrefix(blobs, prefix);
  await update(ports, job.id, (newest, now) => transitions.removePicture(newest, index, now), job);
}

async function deletePrefix(blobs: Blobs, prefix: string): Promise<void> {
  while ((await blobs.forget(prefix, Number.POSITIVE_INFINITY, BATCH)) === BATCH);
}
