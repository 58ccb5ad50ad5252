// What is open over the history. The address names the picture, so that it can be linked and Back closes it.
import { computed, effect, signal } from "@preact/signals";
import { findJob, findPicture, jobOf, storeJob } from "./jobs.ts";
import { loadJob } from "./load-job.ts";
import { notify } from "./notices.ts";
import type { Submission } from "./requests.ts";
import { connection } from "./session.ts";

const read = () => decodeURIComponent(location.hash.slice(1));
const opened = signal(read());
/** Number of linked jobs that were loaded: the known jobs are no signal themselves. */
const loaded = signal(0);

/** Id of the open picture, or of the job whose animation is open; undefined while the history is shown. */
export const openId = computed(() => {
  const id = opened.value;
  void loaded.value;
  return id !== "" && (findPicture(id) || findJob(id)) ? id : undefined;
});

/** The request that the Code dialog shows. */
export const shownCode = signal<Submission | undefined>(undefined);

let pushed = false;

export function openPicture(id: string): void {
  if (opened.peek() === "") history.pushState(null, "", `#${id}`);
  else history.replaceState(null, "", `#${id}`);
  pushed = true;
  opened.value = id;
}

export function closePicture(): void {
  if (opened.peek() === "") return;
  if (pushed) {
    pushed = false;
    // followAddress closes it once the browser is back: a dialog that closed before would lose the focus again.
    history.back();
  } else {
    history.replaceState(null, "", location.pathname);
    opened.value = "";
  }
}

/** Follows the address, and loads a linked job that the history does not show yet. */
export function followAddress(): () => void {
  // The history changes its height as it loads, so the browser's memory of the place would be wrong.
  history.scrollRestoration = "manual";
  const update = () => {
    opened.value = read();
  };
  addEventListener("popstate", update);
  addEventListener("hashchange", update);
  const stop = effect(() => {
    const id = opened.value;
    const job = id.includes("-") ? jobOf(id) : id;
    if (id !== "" && connection.value === "open" && !findJob(job)) void load(job);
  });
  return () => {
    removeEventListener("popstate", update);
    removeEventListener("hashchange", update);
    stop();
  };
}

async function load(id: string): Promise<void> {
  const job = await loadJob(id);
  if (job === undefined) return;
  if (job === null) return notify("The linked picture no longer exists, or belongs to somebody else.", "error");
  storeJob(job);
  loaded.value++;
}
