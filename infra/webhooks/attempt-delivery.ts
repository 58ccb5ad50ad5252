// One webhook's next try, and what became of it in the job's record.

import type { JobRecord, Webhook } from "../jobs/job.ts";
import { recordDelivery } from "../jobs/transitions.ts";
import { compareAndSwap } from "../jobs/update.ts";
import type { Blobs, JobStore } from "../ports.ts";
import { deliver } from "./deliver.ts";
import { payloadOf } from "./payload.ts";
import type { PostOptions } from "./post.ts";

export type DeliveryAttempt = PostOptions & {
  readonly store: JobStore;
  readonly blobs: Pick<Blobs, "signGet">;
  /** The deployment's own (deliver.ts). */
  readonly secret: Uint8Array;
  readonly now: () => number;
};

/** The webhook as it stands afterwards; undefined when `signal` cut the try short, so that it was none. */
export async function attemptDelivery(
  job: JobRecord & { readonly webhook: Webhook },
  { store, blobs, secret, now, ...options }: DeliveryAttempt,
): Promise<Webhook | undefined> {
  const payload = await payloadOf(job, blobs);
  const webhook = await deliver(job, payload, { master: secret, now: now(), ...options });
  if (options.signal?.aborted && webhook.state === "WAITING") return undefined;
  await compareAndSwap(store, job.id, (newest) => recordDelivery(newest, webhook, now()));
  return webhook;
}
