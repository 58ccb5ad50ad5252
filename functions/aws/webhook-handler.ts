// Delivers webhooks that are due, one try per message. The next try gets a message of its own, or is found by the sweeper.
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { deliveryDue } from "../../infra/jobs/wake-time.ts";
import { QUEUE_LIMITS, type Queue } from "../../infra/ports.ts";
import { attemptDelivery, type DeliveryAttempt } from "../../infra/webhooks/attempt-delivery.ts";
import type { Logger } from "../log.ts";
import { handleRecord } from "./sqs-batch.ts";

type WebhookParts = Omit<DeliveryAttempt, "secret" | "signal"> & {
  readonly secret: () => Promise<Uint8Array>;
  readonly webhooks: Pick<Queue, "send" | "changeVisibility">;
  readonly log: Logger;
};

export function webhookHandler({ secret, webhooks, log, ...attempt }: WebhookParts) {
  const { store, now } = attempt;
  const tryOnce = async (id: string): Promise<void> => {
    const job = await store.get(id);
    // The delivery was attempted after the message was sent, or is not due yet.
    if (job?.webhook === undefined || !deliveryDue(job, now())) return;
    const delivered = await attemptDelivery({ ...job, webhook: job.webhook }, { ...attempt, secret: await secret() });
    if (delivered === undefined) return;
    const { state, tries, nextAt, lastError } = delivered.webhook;
    log.info({ job: id, state, tries, err: delivered.error ?? lastError }, "webhook tried");
    const delaySeconds = nextAt === undefined ? Number.POSITIVE_INFINITY : Math.ceil((nextAt - now()) / 1000);
    if (delaySeconds > QUEUE_LIMITS.delaySeconds) return;
    await webhooks.send({ id }, { group: job.owner, delaySeconds: Math.max(0, delaySeconds) });
  };
  return async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
    const failures = Records.map((record) =>
      handleRecord(record, { log, queue: webhooks }, async ({ job }) => {
        await tryOnce(job.id);
        return "DONE";
      }),
    );
    return { batchItemFailures: (await Promise.all(failures)).flat() };
  };
}
