// Delivers webhooks that are due, by turns of their owners.
import type { WebhookJob } from "../../infra/jobs/job.ts";
import type { Jobs } from "../../infra/jobs/jobs.ts";
import { systemClock } from "../../infra/ports.ts";
import { createNotifier } from "../../infra/util/notifier.ts";
import { sleep } from "../../infra/util/sleep.ts";
import type { WebhookNetworks } from "../../infra/webhooks/address.ts";
import { attemptDelivery } from "../../infra/webhooks/attempt-delivery.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "./metrics.ts";
import type { Services } from "./services.ts";

/** Deliveries at a time. A receiver that does not answer occupies one for 15 seconds, of its owner's. */
const LIMITS = { total: 256, perOwner: 8 };
const EVERY_MS = 1_000;
/** Between two searches: receivers that answer at once would cause one after each delivery. */
const PAUSE_MS = 50;

type DeliverOptions = {
  readonly jobs: Pick<Jobs, "dueWebhooks">;
  readonly deliver: (job: WebhookJob) => Promise<void>;
  readonly log: Logger;
  readonly signal: AbortSignal;
};

/** Never rejects. Resolves after `signal`, when all deliveries have ended. */
export async function deliverWebhooks({ jobs, deliver, log, signal }: DeliverOptions): Promise<void> {
  const delivering = new Map<string, Promise<void>>();
  const ends = createNotifier();
  const begin = (job: WebhookJob) => {
    const delivery = deliver(job).finally(() => {
      delivering.delete(job.id);
      ends.notify();
    });
    delivering.set(job.id, delivery);
  };
  while (!signal.aborted) {
    const since = ends.version;
    try {
      // A job whose delivery is under way is still due, longer than its owner's others, so it counts as one of theirs.
      for (const job of await jobs.dueWebhooks(LIMITS)) if (!delivering.has(job.id)) begin(job);
    } catch (error) {
      log.error({ err: error }, "finding due webhooks failed");
    }
    await sleep(PAUSE_MS, signal);
    await ends.wait(since, EVERY_MS, signal);
  }
  await Promise.all(delivering.values());
}

type TryOptions = {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly networks: WebhookNetworks;
  readonly signal: AbortSignal;
};

/** Returns a function that makes one delivery attempt, and never rejects. */
export function createDelivery({ store, blobs, secret }: Services, { log, metrics, networks, signal }: TryOptions) {
  return async (job: WebhookJob): Promise<void> => {
    try {
      const delivered = await attemptDelivery(job, { store, blobs, secret, now: systemClock.now, signal, networks });
      // Interrupted by the server's shutdown: the next start repeats the try.
      if (delivered === undefined) return;
      const { webhook, error = webhook.lastError } = delivered;
      metrics.webhook(webhook.state);
      log.info({ job: job.id, state: webhook.state, tries: webhook.tries, err: error }, "webhook tried");
    } catch (error) {
      log.error({ job: job.id, err: error }, "webhook delivery failed");
      // The result was not stored, so the webhook is still due.
      await sleep(EVERY_MS, signal);
    }
  };
}
