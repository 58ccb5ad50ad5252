// The history that the page shows: pages of jobs, newest first, or the results of a search.
import { computed, effect, signal } from "@preact/signals";
import { request } from "../api/client.ts";
import { HISTORY, SEARCH } from "../api/documents.ts";
import type { Job, JobKind, Picture } from "../api/types.ts";
import { forgetJob, storeJob } from "./jobs.ts";
import { connection, handle } from "./session.ts";

const PAGE = 24;
const MATCHES = 36;

export type Match = { readonly score: number; readonly picture: Picture; readonly job: string };
type History = {
  readonly jobs: {
    readonly nodes: readonly Job[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
};

export const kind = signal<JobKind | undefined>(undefined);
export const starredOnly = signal(false);
export const searchText = signal("");
/** Searches for pictures that look like this one. */
export const likePicture = signal<{ readonly id: string; readonly url: string } | undefined>(undefined);

/** Ids of the jobs shown. */
export const shownJobs = signal<readonly string[]>([]);
/** Results of a search; undefined while the history is shown. */
export const matches = signal<readonly Match[] | undefined>(undefined);
export const loading = signal(false);
export const hasMore = signal(false);
export const isFiltered = computed(() => kind.value !== undefined || starredOnly.value);

let cursor: string | null = null;
/** Each change of what is shown makes answers to earlier questions obsolete. */
let generation = 0;

/** Loads the first page again, or runs the search again. */
export async function reload(): Promise<void> {
  const now = ++generation;
  const text = searchText.peek().trim();
  const picture = likePicture.peek()?.id;
  loading.value = true;
  if (picture !== undefined) await search({ picture }, now);
  else if (text !== "") await search({ text }, now);
  else await loadPage(null, now);
  if (now === generation) loading.value = false;
}

export async function loadMore(): Promise<void> {
  if (loading.peek() || !hasMore.peek() || matches.peek()) return;
  loading.value = true;
  const now = generation;
  await loadPage(cursor, now);
  if (now === generation) loading.value = false;
}

/** Adds the jobs that were requested elsewhere since the last page was loaded. */
export async function refresh(): Promise<void> {
  if (matches.peek() || isFiltered.peek()) return;
  const page = await request<History>(HISTORY, { first: PAGE }).catch(handle);
  for (const job of page?.jobs.nodes.toReversed() ?? []) prepend(job);
}

/** Shows a new job at the top, wherever it was requested. */
export function prepend(job: Job): void {
  storeJob(job);
  if (shownJobs.peek().includes(job.id) || (kind.peek() && kind.peek() !== job.kind) || starredOnly.peek()) return;
  shownJobs.value = [job.id, ...shownJobs.peek()];
}

export function remove(id: string): void {
  shownJobs.value = shownJobs.peek().filter((shown) => shown !== id);
  matches.value = matches.peek()?.filter(({ job }) => job !== id);
  forgetJob(id);
}

/** Shows all jobs, for what was just requested. */
export function showAll(): void {
  searchText.value = "";
  likePicture.value = undefined;
  kind.value = undefined;
  starredOnly.value = false;
}

async function loadPage(after: string | null, now: number): Promise<void> {
  const variables = { first: PAGE, after, kind: kind.peek() && [kind.peek()], starred: starredOnly.peek() || null };
  const page = await request<History>(HISTORY, variables).catch(handle);
  if (!page || now !== generation) return;
  const { nodes, pageInfo } = page.jobs;
  for (const job of nodes) storeJob(job);
  const before = after === null ? [] : shownJobs.peek();
  shownJobs.value = [...new Set([...before, ...nodes.map(({ id }) => id)])];
  matches.value = undefined;
  cursor = pageInfo.endCursor;
  hasMore.value = pageInfo.hasNextPage;
}

async function search(query: { readonly text: string } | { readonly picture: string }, now: number): Promise<void> {
  type Found = { readonly search: readonly { readonly score: number; readonly picture: Picture; readonly job: Job }[] };
  const answer = await request<Found>(SEARCH, { ...query, first: MATCHES }).catch(handle);
  if (!answer || now !== generation) return;
  for (const { job } of answer.search) storeJob(job);
  matches.value = answer.search.map(({ score, picture, job }) => ({ score, picture, job: job.id }));
  hasMore.value = false;
}

const TYPING_MS = 250;

/** Follows the filters and the search box. */
export function followFilters(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let text = searchText.peek();
  return effect(() => {
    const isTyping = searchText.value !== text;
    text = searchText.value;
    void likePicture.value;
    void kind.value;
    void starredOnly.value;
    clearTimeout(timer);
    if (connection.value === "open") timer = setTimeout(() => void reload(), isTyping ? TYPING_MS : 0);
  });
}
