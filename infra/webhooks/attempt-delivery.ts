// Makes one delivery attempt and stores its result in the job's record.

import type { WebhookJob } from "../jobs/job.ts";
import { recordDelivery } from "../jobs/transitions.ts";
import { compareAndSwap } from "../jobs/update.ts";
import type { Blobs, JobStore } from "../ports.ts";
import { deliver } from "./deliver.ts";
import { createPayload } from "./payload.ts";
import type { PostOptions } from "./post.ts";

export type DeliveryAttempt = PostOptions & {
  readonly store: JobStore;
  readonly blobs: Pick<Blobs, "signGet">;
  /** The deployment's secret (deliver.ts). */
  readonly secret: Uint8Array;
  readonly now: () => number;
};

/**
 * Resolves to the webhook after the attempt, and to why no response came; or to undefined if `signal` interrupted it, which
 * does not count as a try.
 */
export async function attemptDelivery(
  job: WebhookJob,
  { store, blobs, secret, now, ...options }: DeliveryAttempt,
): Promise<Awaited<ReturnType<typeof deliver>> | undefined> {
  const payload = await createPayload(job, blobs);
  const delivered = await deliver(job, payload, { deploymentSecret: secret, now: now(), ...options });
  const { webhook } = delivered;
  if (options.signal?.aborted && webhook.state === "WAITING") return undefined;
  await compareAndSwap(store, job.id, (newest) => recordDelivery(newest, webhook, now()));
  return delivered;
}
