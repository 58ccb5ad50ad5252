// The keys of blobs, and how long blobs and records are kept. Bucket lifecycle rules use the same prefixes.
import type { Progress } from "./job.ts";

export const PREFIXES = {
  uploads: "uploads/",
  stages: "stages/",
  previews: "previews/",
  pictures: "pictures/",
} as const;

export const DAY_MS = 86_400_000;

/** Days after which a blob is deleted. */
export const RETENTION_DAYS: Readonly<Record<keyof typeof PREFIXES, number>> = {
  uploads: 7,
  stages: 1,
  previews: 1,
  pictures: 7,
};

/**
 * Days after its end for which a job's record is kept. The minimum is longer than deliveries of its webhook are retried:
 * nine pauses of at most 1.2 days.
 */
export const JOB_RETENTION_DAYS = { min: 10, default: 30, max: 3_650 } as const;

/** Independent of the attempt: a second attempt writes the same picture to the same key. */
export const pictureKey = (job: string, index: number) => `${PREFIXES.pictures}${job}/${index}.png`;
export const sheetKey = (job: string) => `${PREFIXES.pictures}${job}/sheet.png`;
export const animationKey = (job: string, format: string) => `${PREFIXES.pictures}${job}/animation.${format}`;
/** One key per reported step, because a browser would show its cached copy of the first preview. */
export const previewKey = (job: string, { stage, picture, step }: Omit<Progress, "preview">) =>
  `${PREFIXES.previews}${job}/${stage}-${picture}-${step}.png`;
/** By fingerprint of request and owner: the owner's identical requests reuse the cached stages, others' do not. */
const stagesOf = (fingerprint: string) => `${PREFIXES.stages}${fingerprint}/`;
export const stageCacheKey = (fingerprint: string, bundle: string, stage: string) =>
  `${stagesOf(fingerprint)}${bundle}/${stage}`;
/** What is stored of unfinished pictures of a job: previews, and the stages of its request. */
export const unfinishedPrefixes = (job: string, fingerprint: string) => [
  `${PREFIXES.previews}${job}/`,
  stagesOf(fingerprint),
];
/** Everything that is stored for a job. */
export const jobPrefixes = (job: string, fingerprint: string) => [
  `${PREFIXES.pictures}${job}/`,
  ...unfinishedPrefixes(job, fingerprint),
];
/** The key contains the owner, so that no request can name another owner's upload. */
export const uploadKey = (owner: string, upload: string) => `${PREFIXES.uploads}${owner}/${upload}`;
