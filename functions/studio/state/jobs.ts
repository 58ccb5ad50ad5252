// The jobs that the page knows. Each is a signal, so a step of one job redraws that job alone.
import { type Signal, signal } from "@preact/signals";
import type { Job, Picture } from "../api/types.ts";

/** A job, and the previews of its unfinished pictures by their index. */
export type ShownJob = Job & { readonly previews: ReadonlyMap<number, string> };

const known = new Map<string, Signal<ShownJob>>();

/** Ids of the jobs that have not ended, in the order in which the page learned of them. */
export const unfinished = signal<readonly string[]>([]);

const ENDED = new Set(["SUCCEEDED", "FAILED", "CANCELED", "EXPIRED"]);
export const hasEnded = ({ status }: Pick<Job, "status">): boolean => ENDED.has(status);

export const findJob = (id: string): Signal<ShownJob> | undefined => known.get(id);

/** Adds a job or replaces what is known of it, unless that is newer: a job ends once. */
export function storeJob(job: Job): Signal<ShownJob> {
  const before = known.get(job.id);
  if (before && hasEnded(before.peek()) && !hasEnded(job)) return before;
  const previews = new Map(hasEnded(job) ? [] : before?.peek().previews);
  if (job.progress?.preview) previews.set(job.progress.pictureIndex, job.progress.preview.url);
  const shown = { ...job, previews };
  if (before) before.value = shown;
  else known.set(job.id, signal(shown));
  count();
  return known.get(job.id)!;
}

export function changeJob(id: string, change: (job: ShownJob) => Partial<ShownJob>): void {
  const job = known.get(id);
  if (!job) return;
  job.value = { ...job.peek(), ...change(job.peek()) };
  count();
}

export function forgetJob(id: string): void {
  known.delete(id);
  count();
}

export function changePicture(id: string, change: (picture: Picture) => Picture | undefined): void {
  changeJob(jobOf(id), ({ pictures }) => ({
    pictures: pictures.flatMap((picture) => (picture.id === id ? (change(picture) ?? []) : picture)),
  }));
}

export function findPicture(id: string): Picture | undefined {
  return known.get(jobOf(id))?.value.pictures.find((picture) => picture.id === id);
}

/** The id of a picture begins with that of its job. */
export const jobOf = (picture: string): string => picture.slice(0, picture.lastIndexOf("-"));

function count(): void {
  const ids = [...known].filter(([, job]) => !hasEnded(job.peek())).map(([id]) => id);
  if (ids.join() !== unfinished.peek().join()) unfinished.value = ids;
}
