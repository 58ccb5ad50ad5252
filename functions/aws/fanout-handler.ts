// What the table's stream tells of jobs, to whoever follows them over a WebSocket, and to the queue of webhooks.
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from "aws-lambda";
import type { Connections } from "../../infra/aws/connections.ts";
import { type Image, recordOfImage } from "../../infra/aws/item.ts";
import type { JobRecord } from "../../infra/jobs/job.ts";
import { notificationDue } from "../../infra/jobs/wake-time.ts";
import type { Clock, Queue } from "../../infra/ports.ts";
import { forEachConcurrent } from "../../infra/util/for-each-concurrent.ts";
import type { Logger } from "../log.ts";
import { type Authenticator, memoized } from "./authenticate.ts";
import type { Deliver, Delivery } from "./sockets/deliver-events.ts";

export type FanoutParts = {
  readonly connections: Pick<Connections, "ofJob">;
  readonly deliver: Deliver;
  readonly gate: Pick<Authenticator, "viewerOf">;
  readonly webhooks: Pick<Queue, "send">;
  readonly clock: Clock;
  readonly log: Logger;
};

/** Jobs of a batch, and subscriptions of each, that are told at the same time: together less than a client has sockets. */
const JOBS = 5;
const SUBSCRIPTIONS = 8;
/** A change that could not be told for so long makes those behind it wait no longer, before an alarm says that they do. */
const LATE_MS = 45_000;

/** A job of a batch as it stands after it; the batch's first record of it, and when that was written, in ms. */
type Changed = { record: JobRecord; readonly from: string; readonly at: number };

/** Lambda sends what is reported as failed again, with all that follows it. */
export function fanoutHandler({ connections, deliver, gate, webhooks, clock, log }: FanoutParts) {
  const tell = async (record: JobRecord, telling: Delivery): Promise<boolean> => {
    const { id, owner } = record;
    // The sweeper would find it too, a minute later.
    if (notificationDue(record, clock.now())) await webhooks.send({ id }, { group: owner });
    return forEachConcurrent(await connections.ofJob(id), SUBSCRIPTIONS, async (subscription) => {
      try {
        return await deliver(subscription, record, telling);
      } catch (err) {
        log.error({ err, job: id }, "a subscription could not be told");
        return false;
      }
    });
  };

  return async (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const batchItemFailures: { itemIdentifier: string }[] = [];
    const viewerOf = memoized(gate.viewerOf);
    await forEachConcurrent(changedBy(event), JOBS, async ({ record, from, at }) => {
      const late = clock.now() - at > LATE_MS;
      const told = await tell(record, { viewerOf, late }).catch((err) => {
        log.error({ err, job: record.id }, "the news of a job could not be told");
        return false;
      });
      if (!told) batchItemFailures.push({ itemIdentifier: from });
      return told;
    });
    return { batchItemFailures };
  };
}

/** Each job once: its newest record has all its events. */
function changedBy({ Records }: DynamoDBStreamEvent): Iterable<Changed> {
  const changed = new Map<string, Changed>();
  for (const { dynamodb } of Records) {
    const record = dynamodb?.NewImage && recordOfImage(dynamodb.NewImage as Image);
    if (!record) continue;
    const known = changed.get(record.id);
    const { SequenceNumber: from, ApproximateCreationDateTime: seconds } = dynamodb;
    if (known === undefined) changed.set(record.id, { record, from: from!, at: seconds! * 1000 });
    else if (known.record.version < record.version) known.record = record;
  }
  return changed.values();
}
