import { request } from "../api/client.ts";
import { ONE_JOB } from "../api/documents.ts";
import type { Job } from "../api/types.ts";
import { findJob, storeJob } from "../state/jobs.ts";
import { handle } from "../state/session.ts";

type Props = {
  readonly job: string;
  readonly url: string;
  readonly alt: string;
  /** Pixels on a side; reserves the place before the file is there. */
  readonly size: number;
  readonly eager?: boolean;
};

/** URLs that were asked for again. */
const renewed = new Set<string>();

/** A finished picture. Its URL expires, so one that cannot be loaded is asked for again, once. */
export function PictureImage({ job, url, alt, size, eager = false }: Props) {
  return (
    <img
      src={url}
      alt={alt}
      width={size}
      height={size}
      loading={eager ? "eager" : "lazy"}
      decoding="async"
      draggable={false}
      onError={() => void renew(job, url)}
    />
  );
}

async function renew(id: string, url: string): Promise<void> {
  if (renewed.has(url)) return;
  renewed.add(url);
  const answer = await request<{ job: Job | null }>(ONE_JOB, { id }).catch(handle);
  if (answer?.job && findJob(id)) storeJob(answer.job);
}
