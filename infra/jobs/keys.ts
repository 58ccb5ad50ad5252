// Where the blobs of jobs lie, and for how long. Each key is written once here; lifecycle rules go by the prefixes.
import type { Progress } from "./job.ts";

export const PREFIXES = {
  uploads: "uploads/",
  stages: "stages/",
  previews: "previews/",
  pictures: "pictures/",
} as const;

export const DAY_MS = 86_400_000;

/** How many days a blob is kept after it was made. */
export const KEPT_DAYS: Readonly<Record<keyof typeof PREFIXES, number>> = {
  uploads: 7,
  stages: 1,
  previews: 1,
  pictures: 7,
};

/** And how many a job's record is kept after its end: longer than its webhook is tried, nine pauses of a day and a fifth at most. */
export const KEPT_JOBS = { min: 10, default: 30, max: 3_650 } as const;

/** Deterministic, without the attempt: a second attempt puts the same picture in the same place. */
export const pictureKey = (job: string, index: number) => `${PREFIXES.pictures}${job}/${index}.png`;
export const sheetKey = (job: string) => `${PREFIXES.pictures}${job}/sheet.png`;
export const animationKey = (job: string, format: string) => `${PREFIXES.pictures}${job}/animation.${format}`;
/** One for each step that is told of: under one key, a browser would go on showing the first. */
export const previewKey = (job: string, { stage, picture, step }: Omit<Progress, "preview">) =>
  `${PREFIXES.previews}${job}/${stage}-${picture}-${step}.png`;
/** By what was asked, not by job: an identical request finds what the first one computed. */
export const stageKey = (digest: string, stage: string) => `${PREFIXES.stages}${digest}/${stage}`;
/** The owner is part of the key, so that nobody's request can name somebody else's upload. */
export const uploadKey = (owner: string, upload: string) => `${PREFIXES.uploads}${owner}/${upload}`;
