// Handles the table's stream: delivers job events to WebSocket subscriptions, and queues webhooks that are due.
import { setTimeout as sleep } from "node:timers/promises";
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from "aws-lambda";
import { jobTopic, ownerTopic, type Subscription, type Topic } from "../../infra/aws/connection-items.ts";
import type { Connections } from "../../infra/aws/connections.ts";
import { parseStreamImage, type StreamImage } from "../../infra/aws/item.ts";
import type { JobRecord } from "../../infra/jobs/job.ts";
import { notificationDue } from "../../infra/jobs/wake-time.ts";
import type { Clock, Queue } from "../../infra/ports.ts";
import { forEachConcurrent } from "../../infra/util/for-each-concurrent.ts";
import type { Logger } from "../log.ts";
import { type Authenticator, memoized } from "./authenticate.ts";
import type { Deliver, Delivery } from "./sockets/deliver-events.ts";
import { type EventSource, jobSource, ownerSource } from "./sockets/event-source.ts";

export type FanoutParts = {
  readonly connections: Pick<Connections, "findByTopic">;
  readonly deliver: Deliver;
  readonly authenticator: Pick<Authenticator, "findViewer">;
  readonly webhooks: Pick<Queue, "send">;
  readonly clock: Clock;
  readonly log: Logger;
};

/** Concurrent topics of a batch, and concurrent subscriptions of a topic. Their product is less than a client's sockets. */
const TOPIC_CONCURRENCY = 5;
const SUBSCRIPTION_CONCURRENCY = 8;
/** Age of a change after which a failing delivery no longer delays the changes behind it. An alarm fires later than this. */
const FORCE_AFTER_MS = 45_000;

/** Tries while another call delivers events of other jobs of the same owner, which takes a moment. */
const OWNER_TRIES = 20;
const OWNER_PAUSE_MS = 100;

/** A job that changed in a batch: its newest record, and the sequence number and time (ms) of its first change. */
type ChangedJob = { record: JobRecord; readonly from: string; readonly at: number };

/** Lambda retries from the first reported failure on, including everything that follows it. */
export function fanoutHandler({ connections, deliver, authenticator, webhooks, clock, log }: FanoutParts) {
  /** Returns whether all subscriptions of the topic were served. One that is locked gets `tries` tries. */
  const deliverTo = async (topic: Topic, source: EventSource, tries: number, delivery: Delivery): Promise<boolean> => {
    const serve = async (subscription: Subscription): Promise<boolean> => {
      for (let left = tries; left > 0; left--) {
        if (left < tries) await sleep(OWNER_PAUSE_MS);
        if ((await deliver(subscription, source, delivery)) === "DELIVERED") return true;
      }
      return false;
    };
    let served = true;
    await forEachConcurrent(await connections.findByTopic(topic), SUBSCRIPTION_CONCURRENCY, async (subscription) => {
      const delivered = await serve(subscription).catch((err) => {
        log.error({ err, topic }, "delivery to a subscription failed");
        return false;
      });
      served &&= delivered;
    });
    return served;
  };

  return async (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const failed = new Set<string>();
    const findViewer = memoized(authenticator.findViewer);
    const changed = findChangedJobs(event, log);
    /** What has to be done about these jobs. If it fails, all of them are tried again. */
    const attempt = async (jobs: readonly ChangedJob[], action: (delivery: Delivery) => Promise<boolean>) => {
      const force = jobs.some(({ at }) => clock.now() - at > FORCE_AFTER_MS);
      const done = await action({ findViewer, force }).catch((err) => {
        log.error({ err, jobs: jobs.map(({ record }) => record.id) }, "event delivery failed");
        return false;
      });
      if (!done) for (const { from } of jobs) failed.add(from);
    };
    await forEachConcurrent(changed, TOPIC_CONCURRENCY, (job) =>
      attempt([job], async (delivery) => {
        const { record } = job;
        // The sweeper would find the webhook too, up to a minute later.
        if (notificationDue(record, clock.now())) await webhooks.send({ id: record.id }, { group: record.owner });
        return deliverTo(jobTopic(record.id), jobSource(record), 1, delivery);
      }),
    );
    await forEachConcurrent(byOwner(changed), TOPIC_CONCURRENCY, ([owner, jobs]) =>
      attempt(jobs, (delivery) => {
        const source = ownerSource(jobs.map(({ record }) => record));
        return deliverTo(ownerTopic(owner), source, OWNER_TRIES, delivery);
      }),
    );
    return { batchItemFailures: Array.from(failed, (itemIdentifier) => ({ itemIdentifier })) };
  };
}

function byOwner(changed: readonly ChangedJob[]): ReadonlyMap<string, ChangedJob[]> {
  const owners = new Map<string, ChangedJob[]>();
  for (const job of changed) owners.set(job.record.owner, [...(owners.get(job.record.owner) ?? []), job]);
  return owners;
}

/** Each job once, because its newest record contains all its events. */
function findChangedJobs({ Records }: DynamoDBStreamEvent, log: Logger): readonly ChangedJob[] {
  const changed = new Map<string, ChangedJob>();
  for (const { dynamodb } of Records) {
    const record = dynamodb?.NewImage && readImage(dynamodb.NewImage as StreamImage, log);
    if (!record) continue;
    const known = changed.get(record.id);
    const { SequenceNumber: from, ApproximateCreationDateTime: seconds } = dynamodb;
    if (known === undefined) changed.set(record.id, { record, from: from!, at: seconds! * 1000 });
    else if (known.record.version < record.version) known.record = record;
  }
  return [...changed.values()];
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
