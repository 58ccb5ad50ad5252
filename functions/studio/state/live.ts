// Follows the caller's jobs while any of them has not ended. A browser opens six connections to a server, over all of its
// tabs, so one tab reads the events and passes them on to the others.
import { effect } from "@preact/signals";
import { subscribe } from "../api/client.ts";
import { CHANGES } from "../api/documents.ts";
import { ConnectionError } from "../api/errors.ts";
import type { Job, Picture, Progress } from "../api/types.ts";
import { prepend, refresh } from "./feed.ts";
import { changeJob, findJob, hasEnded, storeJob, unfinished } from "./jobs.ts";
import { reloadJob } from "./load-job.ts";
import { connection, handle, open, refreshViewer, viewer } from "./session.ts";

type Brief = Pick<Job, "id" | "status" | "provisioning" | "position">;
type Event =
  | { readonly __typename: "Queued" | "Succeeded" | "Failed" | "Canceled" | "Expired"; readonly job: Job }
  | (Progress & { readonly __typename: "Progress"; readonly job: Brief })
  | { readonly __typename: "PictureReady"; readonly job: Brief; readonly picture: Picture | null }
  | { readonly __typename: "Started" | "Provisioning" | "Released" | "Retrying"; readonly job: Brief };
type Changes = { readonly events: { readonly cursor: string; readonly node: Event } };

const FIRST_PAUSE_MS = 500;
const LAST_PAUSE_MS = 10_000;

/** Follows the caller's jobs until `signal` is aborted. */
export function follow(signal: AbortSignal): void {
  let following = false;
  const stop = effect(() => {
    if (unfinished.value.length === 0 || following) return;
    following = true;
    void whileUnfinished(signal, followJobs).finally(() => {
      following = false;
      unfinished.value = [...unfinished.peek()];
    });
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

/** `end` is aborted with `signal`, and when all jobs have ended. */
async function whileUnfinished(signal: AbortSignal, act: (end: AbortSignal) => Promise<void>): Promise<void> {
  const end = new AbortController();
  const abort = () => end.abort();
  signal.addEventListener("abort", abort, { signal: end.signal });
  const stop = effect(() => {
    if (unfinished.value.length === 0) abort();
  });
  await act(end.signal).finally(() => {
    stop();
    abort();
  });
}

/** The tab that has the lock reads the events. The others wait for it, and for their turn to read. */
async function followJobs(end: AbortSignal): Promise<void> {
  const name = `unclip: the events of ${viewer.peek()?.owner}`;
  const tabs = new BroadcastChannel(name);
  tabs.onmessage = ({ data }: MessageEvent<Event>) => apply(data);
  const lead = () => readEvents(end, tabs);
  try {
    // A page that was not loaded over HTTPS or from this machine has no locks.
    if (!navigator.locks) return await lead();
    const isFree = await navigator.locks.request(
      name,
      { ifAvailable: true },
      (lock) => lock && lead().then(() => true),
    );
    if (isFree) return;
    // What happened before this tab listened to the others.
    await Promise.all([refresh(), ...unfinished.peek().map(reloadJob)]);
    await navigator.locks.request(name, { signal: end }, lead);
  } catch (error) {
    if (!end.aborted) throw error;
  } finally {
    tabs.close();
  }
}

async function readEvents(end: AbortSignal, tabs: BroadcastChannel): Promise<void> {
  let after: string | undefined;
  let pause = FIRST_PAUSE_MS;
  while (!end.aborted) {
    const from = after === undefined ? { since: firstUnfinished() } : { after };
    try {
      for await (const { events } of subscribe<Changes>(CHANGES, from, end)) {
        if (connection.peek() !== "open") connection.value = "open";
        after = events.cursor;
        pause = FIRST_PAUSE_MS;
        apply(events.node);
        tabs.postMessage(events.node);
      }
    } catch (error) {
      if (end.aborted) return;
      if (error instanceof ConnectionError) connection.value = "offline";
      else handle(error);
    }
    if (connection.peek() === "refused") return;
    await waitFor(pause, end);
    pause = Math.min(2 * pause, LAST_PAUSE_MS);
  }
}

/** When the oldest job that has not ended was created. */
const firstUnfinished = () =>
  unfinished
    .peek()
    .map((id) => findJob(id)!.peek().createdAt)
    .sort()[0];

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
    case "Queued":
      if (findJob(job.id)) change(job, () => ({}));
      else prepend(event.job);
      break;
    case "Succeeded":
    case "Failed":
    case "Canceled":
    case "Expired":
      if (findJob(job.id)) storeJob(event.job);
      void refreshViewer();
      break;
    case "PictureReady":
      if (event.picture) change(job, withPicture(event.picture));
      break;
    case "Progress":
      change(job, ({ previews }) => ({
        progress: event,
        previews: event.preview ? new Map(previews).set(event.pictureIndex, event.preview.url) : previews,
      }));
      break;
    case "Started":
      if (findJob(job.id)?.peek().status === "QUEUED") for (const id of unfinished.peek()) changeJob(id, moveUp);
      change(job, () => ({}));
      break;
    default:
      change(job, () => ({}));
  }
}

/** Replayed events of an earlier state change nothing in a job that is known to have ended. */
function change(brief: Brief, update: Parameters<typeof changeJob>[1]): void {
  changeJob(brief.id, (job) => (hasEnded(job) ? {} : { ...(hasEnded(brief) ? {} : brief), ...update(job) }));
}

/** One of those before it in the queue was taken. */
const moveUp = ({ position }: Pick<Job, "position">): Partial<Job> => (position ? { position: position - 1 } : {});

const withPicture =
  (picture: Picture) =>
  ({ pictures }: Pick<Job, "pictures">): Pick<Job, "pictures"> => {
    const others = pictures.filter(({ index }) => index !== picture.index);
    return { pictures: [...others, picture].sort((a, b) => a.index - b.index) };
  };

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
