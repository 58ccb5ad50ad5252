import type { JobRecord } from "./job.ts";

/** Whether the current attempt finished a picture, or a stage: it then reports steps of another one. */
export function hasFinishedWork({ events }: JobRecord): boolean {
  const attempt = events.slice(events.findLastIndex(({ type }) => type === "STARTED") + 1);
  const stages = attempt.flatMap((event) => (event.type === "PROGRESS" ? `${event.stage} ${event.picture}` : []));
  return new Set(stages).size > 1 || attempt.some(({ type }) => type === "PICTURE_READY");
}
