// Short texts about jobs.
import type { Job } from "../api/types.ts";

/** The share of the job that is done, from 0 to 1. Its stages count alike: the prior or the inversion, the decoder, upsamplers. */
export function fractionOf({ progress, request }: Pick<Job, "progress" | "request">, sizes: readonly number[]): number {
  if (!progress) return 0;
  const { stage, pictureIndex, pictureCount, step, steps } = progress;
  const upsamplers = sizes.slice(1).filter((size) => size <= request.size);
  const at = ["decoder", ...upsamplers.map((size) => `upsampler-${size}`)].indexOf(stage) + 1;
  return (at + (pictureIndex + step / steps) / pictureCount) / (upsamplers.length + 2);
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What happens to a job, or when it was requested. */
export function statusText(job: Omit<Job, "pictures">, sizes: readonly number[]): string {
  const { status, provisioning, progress, createdAt } = job;
  if (status === "QUEUED") return provisioning ? "A machine is starting" : "Waits to be drawn";
  if (status === "CANCELED") return "Canceled";
  if (status === "EXPIRED") return "Expired before it was drawn";
  if (status !== "RUNNING") return sinceText(createdAt);
  if (!progress) return "Opening the model";
  return `${Math.round(fractionOf(job, sizes) * 100)} %`;
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
