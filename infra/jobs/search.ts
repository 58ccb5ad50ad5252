// An owner's finished pictures by how well they fit a caption, in CLIP's space.
import { setImmediate as breathe } from "node:timers/promises";
import type { JobPage, JobStore } from "../ports.ts";
import { cosine, type Embedding } from "./embedding.ts";
import type { DrawnPicture, JobRecord } from "./job.ts";
import { DAY_MS, KEPT_DAYS } from "./keys.ts";

/**
 * A search reads so many of the newest jobs, without an index: on a laptop 40 ms of work for jobs of two pictures, 600 ms
 * for the fullest records there are.
 */
export const SEARCHED_JOBS = 1_000;
const PAGE = 50;

/** Of pictures that are surely still there. */
export const SEARCHED_DAYS = KEPT_DAYS.pictures;

export type Match = { readonly score: number; readonly picture: DrawnPicture; readonly job: JobRecord };

export type Search = { readonly wanted: Embedding; readonly first: number; readonly now: number };

/** The best, the best first, of equals the newest. Without what another CLIP has seen, or none. */
export async function search(
  store: Pick<JobStore, "list">,
  owner: string,
  { wanted, first, now }: Search,
): Promise<readonly Match[]> {
  // A job is older than its pictures, so those of a job that is young enough are.
  const oldest = now - SEARCHED_DAYS * DAY_MS;
  let best: readonly Match[] = [];
  let after: JobPage["after"];
  for (let seen = 0; seen < SEARCHED_JOBS; seen += PAGE) {
    const page = await store.list(owner, { first: PAGE, after, status: ["SUCCEEDED"] });
    const kept = page.filter(({ createdAt }) => createdAt > oldest);
    const found = kept.flatMap((job) => matchesOf(job, wanted));
    best = [...best, ...found].sort((a, b) => b.score - a.score).slice(0, first);
    if (kept.length < PAGE) break;
    after = kept.at(-1);
    // A store that answers from memory or from a file gives nobody else a turn.
    await breathe();
  }
  return best;
}

function matchesOf(job: JobRecord, wanted: Embedding): Match[] {
  return job.drawn.flatMap((picture) => {
    const score = picture.embedding && cosine(picture.embedding, wanted);
    return score === undefined ? [] : [{ score, picture, job }];
  });
}
