// Searches an owner's finished pictures by their similarity to a caption in CLIP space.
import { setImmediate as yieldToEventLoop } from "node:timers/promises";
import type { JobPage, JobStore } from "../ports.ts";
import { cosine, type Embedding } from "./embedding.ts";
import type { DrawnPicture, JobRecord } from "./job.ts";
import { DAY_MS, RETENTION_DAYS } from "./keys.ts";

/**
 * A search reads at most this many of the newest jobs, without an index. On a laptop that takes 40 ms for jobs of two
 * pictures, and 600 ms for records of the largest size.
 */
export const SEARCHED_JOBS = 1_000;
const PAGE = 50;

/** Older pictures may have been deleted. */
export const SEARCHED_DAYS = RETENTION_DAYS.pictures;

export type Match = { readonly score: number; readonly picture: DrawnPicture; readonly job: JobRecord };

type Search = { readonly query: Embedding; readonly first: number; readonly now: number };

/** The best matches first, the newest first among equals. Pictures without an embedding of the query's CLIP are skipped. */
export async function search(
  store: Pick<JobStore, "list">,
  owner: string,
  { query, first, now }: Search,
): Promise<readonly Match[]> {
  // Pictures are written after their job, so the pictures of a job this young still exist.
  const oldest = now - SEARCHED_DAYS * DAY_MS;
  let best: readonly Match[] = [];
  let after: JobPage["after"];
  for (let seen = 0; seen < SEARCHED_JOBS; seen += PAGE) {
    const page = await store.list(owner, { first: PAGE, after, status: ["SUCCEEDED"] });
    const recent = page.filter(({ createdAt }) => createdAt > oldest);
    const found = recent.flatMap((job) => findMatches(job, query));
    best = [...best, ...found].sort((a, b) => b.score - a.score).slice(0, first);
    if (recent.length < PAGE) break;
    after = recent.at(-1);
    // A store that answers from memory or from a file would otherwise block the event loop.
    await yieldToEventLoop();
  }
  return best;
}

function findMatches(job: JobRecord, query: Embedding): Match[] {
  return job.drawn.flatMap((picture) => {
    const score = picture.embedding && cosine(picture.embedding, query);
    return score === undefined ? [] : [{ score, picture, job }];
  });
}
