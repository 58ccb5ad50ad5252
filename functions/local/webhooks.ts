import type { JobRecord, Webhook } from "../../infra/jobs/job.ts";
import { systemClock } from "../../infra/ports.ts";
import { attemptDelivery } from "../../infra/webhooks/attempt-delivery.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "./metrics.ts";
import type { Services } from "./services.ts";

export function createWebhookDelivery(
  { store, blobs, secret }: Services,
  log: Logger,
  metrics: Metrics,
  signal: AbortSignal,
) {
  return async (job: JobRecord & { readonly webhook: Webhook }): Promise<void> => {
    try {
      const webhook = await attemptDelivery(job, { store, blobs, secret, now: systemClock.now, signal });
      // Interrupted by the server's shutdown: the next start repeats the try.
      if (webhook === undefined) return;
      metrics.webhook(webhook.state);
      log.info({ job: job.id, state: webhook.state, tries: webhook.tries, err: webhook.lastError }, "webhook tried");
    } catch (error) {
      log.error({ job: job.id, err: error }, "webhook delivery failed");
    }
  };
}
