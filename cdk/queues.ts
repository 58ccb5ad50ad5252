// Queues with dead letters behind them, and an alarm on each of both.
import { Duration } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { QUEUE_LIMITS } from "../infra/ports.ts";
import { type Alarms, MINUTE, type Section } from "./alarms.ts";
import { ENTRIES } from "./lambda-entries.ts";
import { accept } from "./nag.ts";

/** Lambda's longest. A worker hands its job back before. */
export const WORKER_SECONDS = 900;
/** A function's time, so many times: Lambda may try a batch again, and must not meet its own message meanwhile. */
const VISIBILITY_TIMES = 6;
/** A job lives for a day at most (schema/context.ts). Messages of jobs that are over would bring GPU machines for nothing. */
const JOB_DAYS = 2;
/** Dead letters wait for a person, and webhooks are tried for days. */
const LONGEST_DAYS = 14;
/** What waits out a pause, or is handed back, counts as delivered too. */
const DELIVERIES = 10;

export type Queues = {
  readonly jobs: Queue;
  readonly jobsDead: Queue;
  readonly webhooks: Queue;
  readonly webhooksDead: Queue;
  /** What became of changes that could not be told to sockets. */
  readonly eventsDead: Queue;
};

export function makeQueues(scope: Construct, key: IKey | undefined, alarms: Alarms): Queues {
  const secure = key
    ? { encryption: QueueEncryption.KMS, encryptionMasterKey: key, enforceSSL: true }
    : { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true };

  /** `seconds`: of the function that takes the letters up, if one does. */
  const dead = (id: string, whose: string, seconds?: number): Queue => {
    const queue = new Queue(scope, id, {
      ...secure,
      retentionPeriod: Duration.days(LONGEST_DAYS),
      ...(seconds !== undefined && { visibilityTimeout: Duration.seconds(VISIBILITY_TIMES * seconds) }),
    });
    accept(queue, { SQS3: "It holds dead letters itself." });
    alarms.add(queue, "Letters", {
      section: "dead-letters",
      says: `Dead letters of ${whose} lie in ${id}.`,
      metric: queue.metricApproximateNumberOfMessagesVisible({ ...MINUTE, statistic: "Maximum" }),
      above: 0,
      // What takes dead letters up by itself has some minutes for it.
      times: 5,
    });
    return queue;
  };

  const alive = (
    id: string,
    behind: Queue,
    { seconds, days }: { seconds: number; days: number },
    late: { section: Section; minutes: number },
  ): Queue => {
    const queue = new Queue(scope, id, {
      ...secure,
      visibilityTimeout: Duration.seconds(VISIBILITY_TIMES * seconds),
      maxMessageSizeBytes: QUEUE_LIMITS.bytes,
      retentionPeriod: Duration.days(days),
      deadLetterQueue: { queue: behind, maxReceiveCount: DELIVERIES },
    });
    alarms.add(queue, "Age", {
      section: late.section,
      says: `A message of ${id} has been there for more than ${late.minutes} minutes.`,
      metric: queue.metricApproximateAgeOfOldestMessage({ ...MINUTE, statistic: "Maximum" }),
      above: late.minutes * 60,
      times: 5,
    });
    return queue;
  };

  const jobsDead = dead("JobsDead", "jobs", ENTRIES["dead-letter"].seconds);
  const webhooksDead = dead("WebhooksDead", "webhooks");
  const eventsDead = new Queue(scope, "EventsDead", { ...secure, retentionPeriod: Duration.days(LONGEST_DAYS) });
  accept(eventsDead, { SQS3: "It holds dead letters itself." });
  alarms.add(eventsDead, "Letters", {
    section: "events-were-given-up",
    says: "Changes of jobs could not be told to sockets.",
    metric: eventsDead.metricApproximateNumberOfMessagesVisible({ ...MINUTE, statistic: "Maximum" }),
    above: 0,
  });
  return {
    jobsDead,
    webhooksDead,
    eventsDead,
    // A job may be drawn for as long as a function of Lambda may run, and machines with a GPU take minutes to come.
    jobs: alive("Jobs", jobsDead, { seconds: WORKER_SECONDS, days: JOB_DAYS }, { section: "jobs-wait", minutes: 30 }),
    webhooks: alive(
      "Webhooks",
      webhooksDead,
      { seconds: ENTRIES.webhook.seconds, days: LONGEST_DAYS },
      { section: "webhooks-wait", minutes: 15 },
    ),
  };
}
