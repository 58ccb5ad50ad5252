// Webhooks that are due, each tried once; the next try of one that failed comes by a note of its own, or by the sweeper.
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { deliveryDue } from "../../infra/jobs/wake-time.ts";
import { QUEUE_LIMITS, type Queue } from "../../infra/ports.ts";
import { attemptDelivery, type DeliveryAttempt as Told } from "../../infra/webhooks/attempt-delivery.ts";
import type { Logger } from "../log.ts";
import { handleRecord } from "./sqs-batch.ts";

export type WebhookParts = Omit<Told, "secret" | "signal"> & {
  readonly secret: () => Promise<Uint8Array>;
  readonly webhooks: Pick<Queue, "send" | "changeVisibility">;
  readonly log: Logger;
};

export function webhookHandler({ secret, webhooks, log, ...told }: WebhookParts) {
  const { store, now } = told;
  const tryOne = async (id: string): Promise<void> => {
    const job = await store.get(id);
    // Tried since the note was sent, or not to be tried yet.
    if (job?.webhook === undefined || !deliveryDue(job, now())) return;
    const webhook = await attemptDelivery({ ...job, webhook: job.webhook }, { ...told, secret: await secret() });
    if (webhook === undefined) return;
    const { state, tries, nextAt, lastError } = webhook;
    log.info({ job: id, state, tries, err: lastError }, "webhook tried");
    const delaySeconds = nextAt === undefined ? Number.POSITIVE_INFINITY : Math.ceil((nextAt - now()) / 1000);
    if (delaySeconds > QUEUE_LIMITS.delaySeconds) return;
    await webhooks.send({ id }, { group: job.owner, delaySeconds: Math.max(0, delaySeconds) });
  };
  return async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
    const failures = Records.map((record) =>
      handleRecord(record, { log, queue: webhooks }, async ({ job }) => {
        await tryOne(job.id);
        return true;
      }),
    );
    return { batchItemFailures: (await Promise.all(failures)).flat() };
  };
}
