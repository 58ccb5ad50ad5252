// Asks for jobs that the page shows or links to.
import { request } from "../api/client.ts";
import { ONE_JOB } from "../api/documents.ts";
import type { Job } from "../api/types.ts";
import { findJob, storeJob } from "./jobs.ts";
import { handle } from "./session.ts";

/** Null if the caller has no such job; undefined if the page says elsewhere what went wrong. */
export async function loadJob(id: string): Promise<Job | null | undefined> {
  const answer = await request<{ readonly job: Job | null }>(ONE_JOB, { id }).catch(handle);
  return answer?.job;
}

/** Asks again for a job that the page shows. */
export async function reloadJob(id: string): Promise<void> {
  const job = await loadJob(id);
  if (job && findJob(id)) storeJob(job);
}

/** URLs that were asked for again. */
const renewed = new Set<string>();

/** Asks for the job of a file that could not be loaded, once for each URL: URLs expire. */
export async function renew(id: string, url: string): Promise<void> {
  if (renewed.has(url)) return;
  renewed.add(url);
  await reloadJob(id);
}
