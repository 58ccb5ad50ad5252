// Short texts about jobs.
import type { Job } from "../api/types.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What happens to a job, or when it was requested. */
export function statusText({ status, provisioning, position, progress, createdAt }: Omit<Job, "pictures">): string {
  if (status === "QUEUED" && provisioning) return "A machine is starting";
  if (status === "QUEUED" && position) return `Waits for ${position === 1 ? "another job" : `${position} other jobs`}`;
  if (status === "QUEUED") return "Waits to be drawn";
  if (status === "CANCELED") return "Canceled";
  if (status === "EXPIRED") return "Expired before it was drawn";
  if (status !== "RUNNING") return sinceText(createdAt);
  if (!progress) return "Opening the model";
  return `${Math.round(progress.fraction * 100)} %`;
}

/** "2 hours ago", in the reader's language. */
export function sinceText(time: string, now = Date.now()): string {
  const seconds = (now - Date.parse(time)) / 1000;
  const format = new Intl.RelativeTimeFormat([], { numeric: "auto" });
  if (seconds < MINUTE) return "just now";
  if (seconds < HOUR) return format.format(-Math.floor(seconds / MINUTE), "minute");
  if (seconds < DAY) return format.format(-Math.floor(seconds / HOUR), "hour");
  return format.format(-Math.floor(seconds / DAY), "day");
}
