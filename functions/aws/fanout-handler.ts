// Handles the table's stream: delivers job events to WebSocket subscriptions, and queues webhooks that are due.
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from "aws-lambda";
import type { Connections } from "../../infra/aws/connections.ts";
import { parseStreamImage, type StreamImage } from "../../infra/aws/item.ts";
import type { JobRecord } from "../../infra/jobs/job.ts";
import { notificationDue } from "../../infra/jobs/wake-time.ts";
import type { Clock, Queue } from "../../infra/ports.ts";
import { forEachConcurrent } from "../../infra/util/for-each-concurrent.ts";
import type { Logger } from "../log.ts";
import { type Authenticator, memoized } from "./authenticate.ts";
import type { Deliver, Delivery } from "./sockets/deliver-events.ts";

export type FanoutParts = {
  readonly connections: Pick<Connections, "findByJob">;
  readonly deliver: Deliver;
  readonly authenticator: Pick<Authenticator, "findViewer">;
  readonly webhooks: Pick<Queue, "send">;
  readonly clock: Clock;
  readonly log: Logger;
};

/** Concurrent jobs of a batch, and concurrent subscriptions of a job. Their product is less than a client's sockets. */
const JOB_CONCURRENCY = 5;
const SUBSCRIPTION_CONCURRENCY = 8;
/** Age of a change after which a failing delivery no longer delays the changes behind it. An alarm fires later than this. */
const FORCE_AFTER_MS = 45_000;

/** A job that changed in a batch: its newest record, and the sequence number and time (ms) of its first change. */
type ChangedJob = { record: JobRecord; readonly from: string; readonly at: number };

/** Lambda retries from the first reported failure on, including everything that follows it. */
export function fanoutHandler({ connections, deliver, authenticator, webhooks, clock, log }: FanoutParts) {
  const deliverTo = async (record: JobRecord, delivery: Delivery): Promise<"DELIVERED" | "FAILED"> => {
    const { id, owner } = record;
    // The sweeper would find the webhook too, up to a minute later.
    if (notificationDue(record, clock.now())) await webhooks.send({ id }, { group: owner });
    let outcome: "DELIVERED" | "FAILED" = "DELIVERED";
    await forEachConcurrent(await connections.findByJob(id), SUBSCRIPTION_CONCURRENCY, async (subscription) => {
      try {
        if ((await deliver(subscription, record, delivery)) === "LOCKED") outcome = "FAILED";
      } catch (err) {
        log.error({ err, job: id }, "delivery to a subscription failed");
        outcome = "FAILED";
      }
    });
    return outcome;
  };

  return async (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const batchItemFailures: { itemIdentifier: string }[] = [];
    const findViewer = memoized(authenticator.findViewer);
    await forEachConcurrent(findChangedJobs(event, log), JOB_CONCURRENCY, async ({ record, from, at }) => {
      const force = clock.now() - at > FORCE_AFTER_MS;
      const outcome = await deliverTo(record, { findViewer, force }).catch((err) => {
        log.error({ err, job: record.id }, "event delivery failed");
        return "FAILED";
      });
      if (outcome === "FAILED") batchItemFailures.push({ itemIdentifier: from });
    });
    return { batchItemFailures };
  };
}

/** Each job once, because its newest record contains all its events. */
function findChangedJobs({ Records }: DynamoDBStreamEvent, log: Logger): Iterable<ChangedJob> {
  const changed = new Map<string, ChangedJob>();
  for (const { dynamodb } of Records) {
    const record = dynamodb?.NewImage && readImage(dynamodb.NewImage as StreamImage, log);
    if (!record) continue;
    const known = changed.get(record.id);
    const { SequenceNumber: from, ApproximateCreationDateTime: seconds } = dynamodb;
    if (known === undefined) changed.set(record.id, { record, from: from!, at: seconds! * 1000 });
    else if (known.record.version < record.version) known.record = record;
  }
  return changed.values();
}

/** A damaged record is skipped: retrying would hold up the changes behind it. */
function readImage(image: StreamImage, log: Logger): JobRecord | undefined {
  try {
    return parseStreamImage(image);
  } catch (err) {
    log.error({ err, key: image.pk?.S }, "reading a changed job failed");
    return undefined;
  }
}
