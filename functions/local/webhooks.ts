import type { JobRecord, Webhook } from "../../infra/jobs/job.ts";
import { systemClock } from "../../infra/ports.ts";
import type { WebhookNetworks } from "../../infra/webhooks/address.ts";
import { attemptDelivery } from "../../infra/webhooks/attempt-delivery.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "./metrics.ts";
import type { Services } from "./services.ts";

type WebhookDelivery = {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly networks: WebhookNetworks;
  readonly signal: AbortSignal;
};

export function createWebhookDelivery(
  { store, blobs, secret }: Services,
  { log, metrics, networks, signal }: WebhookDelivery,
) {
  return async (job: JobRecord & { readonly webhook: Webhook }): Promise<void> => {
    try {
      const delivered = await attemptDelivery(job, { store, blobs, secret, now: systemClock.now, signal, networks });
      // Interrupted by the server's shutdown: the next start repeats the try.
      if (delivered === undefined) return;
      const { webhook, error = webhook.lastError } = delivered;
      metrics.webhook(webhook.state);
      log.info({ job: job.id, state: webhook.state, tries: webhook.tries, err: error }, "webhook tried");
    } catch (error) {
      log.error({ job: job.id, err: error }, "webhook delivery failed");
    }
  };
}
