// Follows the jobs that have not ended, each by a subscription of its own that is resumed after the last event.
import { effect } from "@preact/signals";
import { subscribe } from "../api/client.ts";
import { CHANGES } from "../api/documents.ts";
import { ConnectionError } from "../api/errors.ts";
import type { Job, Picture, Progress } from "../api/types.ts";
import { refresh } from "./feed.ts";
import { changeJob, findJob, hasEnded, storeJob, unfinished } from "./jobs.ts";
import { connection, handle, open, refreshViewer } from "./session.ts";

type Brief = Pick<Job, "id" | "status" | "provisioning">;
type Event = { readonly seq: number } & (
  | { readonly __typename: "Succeeded" | "Failed" | "Canceled" | "Expired"; readonly job: Job }
  | (Progress & { readonly __typename: "Progress"; readonly job: Brief })
  | { readonly __typename: "PictureReady"; readonly job: Brief; readonly picture: Picture }
  | { readonly __typename: "Queued" | "Started" | "Provisioning" | "Released" | "Retrying"; readonly job: Brief }
);

/** A browser opens six connections to a server, and pictures and requests need some of them. */
const MAX_STREAMS = 3;
const FIRST_PAUSE_MS = 500;
const LAST_PAUSE_MS = 10_000;

/** Follows the caller's jobs until `signal` is aborted. */
export function follow(signal: AbortSignal): void {
  const followed = new Set<string>();
  const stop = effect(() => {
    for (const id of unfinished.value) {
      if (followed.has(id) || followed.size === MAX_STREAMS) continue;
      followed.add(id);
      void followJob(id, signal).finally(() => {
        followed.delete(id);
        unfinished.value = [...unfinished.peek()];
      });
    }
  });
  const stopReconnecting = effect(() => {
    if (connection.value === "offline") void reconnect(signal);
  });
  signal.addEventListener("abort", () => {
    stop();
    stopReconnecting();
  });
  // Another window may have requested something meanwhile.
  const onVisible = () => document.visibilityState === "visible" && void refresh();
  document.addEventListener("visibilitychange", onVisible, { signal });
}

async function followJob(id: string, signal: AbortSignal): Promise<void> {
  let after = 0;
  let pause = FIRST_PAUSE_MS;
  while (!signal.aborted && unfinished.peek().includes(id)) {
    try {
      for await (const { jobEvents } of subscribe<{ readonly jobEvents: Event }>(CHANGES, { id, after }, signal)) {
        if (connection.peek() !== "open") connection.value = "open";
        after = jobEvents.seq;
        pause = FIRST_PAUSE_MS;
        apply(jobEvents);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ConnectionError) connection.value = "offline";
      else handle(error);
    }
    if (connection.peek() === "refused" || !unfinished.peek().includes(id)) return;
    await waitFor(pause, signal);
    pause = Math.min(2 * pause, LAST_PAUSE_MS);
  }
}

/** Asks for the server until it answers. The history is loaded again as soon as the connection is open (feed.ts). */
async function reconnect(signal: AbortSignal): Promise<void> {
  for (let pause = FIRST_PAUSE_MS; connection.peek() === "offline"; pause = Math.min(2 * pause, LAST_PAUSE_MS)) {
    await waitFor(pause, signal);
    if (signal.aborted || (await open())) return;
  }
}

function apply(event: Event): void {
  const { job } = event;
  switch (event.__typename) {
    case "Succeeded":
    case "Failed":
    case "Canceled":
    case "Expired":
      if (findJob(job.id)) storeJob(event.job);
      void refreshViewer();
      break;
    case "PictureReady":
      change(job, ({ pictures }) => ({ pictures: insert(pictures, event.picture) }));
      break;
    case "Progress":
      change(job, ({ previews }) => ({
        progress: event,
        previews: event.preview ? new Map(previews).set(event.pictureIndex, event.preview.url) : previews,
      }));
      break;
    default:
      change(job, () => ({}));
  }
}

/** Replayed events of an earlier state change nothing in a job that is known to have ended. */
function change(brief: Brief, update: Parameters<typeof changeJob>[1]): void {
  changeJob(brief.id, (job) => (hasEnded(job) ? {} : { ...(hasEnded(brief) ? {} : brief), ...update(job) }));
}

function insert(pictures: readonly Picture[], picture: Picture): readonly Picture[] {
  const others = pictures.filter(({ index }) => index !== picture.index);
  return [...others, picture].sort((a, b) => a.index - b.index);
}

/** Ends early when the browser reports that the network is back, or when the tab is shown again. */
async function waitFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  const ended = new AbortController();
  const once = { signal: ended.signal };
  let timer: ReturnType<typeof setTimeout> | undefined;
  await new Promise<unknown>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
    addEventListener("online", resolve, once);
    document.addEventListener("visibilitychange", resolve, once);
    signal.addEventListener("abort", resolve, once);
  });
  clearTimeout(timer);
  ended.abort();
}
