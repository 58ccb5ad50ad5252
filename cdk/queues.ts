// Queues, their dead-letter queues, and an alarm for each of them.
import { Duration } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { QUEUE_LIMITS } from "../infra/ports.ts";
import { acknowledge } from "./acknowledge.ts";
import { type Alarms, MINUTE, type RunbookSection } from "./alarms.ts";
import { ENTRIES } from "./lambda-entries.ts";

/** Lambda's maximum timeout. A worker releases its job before. */
export const WORKER_SECONDS = 900;
/** A message is hidden for this multiple of the function's timeout, so that Lambda can retry a batch before the message returns. */
const VISIBILITY_FACTOR = 6;
/** A job lasts a day at most (schema/context.ts). Messages of finished jobs would start GPU machines for nothing. */
const JOB_DAYS = 2;
/** SQS's maximum: dead letters wait for an operator, and webhooks are retried for days. */
const MAX_DAYS = 14;
/** Postponed and released messages count as deliveries too. */
const MAX_DELIVERIES = 10;

export type Queues = {
  readonly jobs: Queue;
  readonly jobsDead: Queue;
  readonly webhooks: Queue;
  readonly webhooksDead: Queue;
  /** Receives batches of table changes that could not be delivered to WebSocket clients. */
  readonly eventsDead: Queue;
};

export function makeQueues(scope: Construct, key: IKey | undefined, alarms: Alarms): Queues {
  const encryption = key
    ? { encryption: QueueEncryption.KMS, encryptionMasterKey: key, enforceSSL: true }
    : { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true };

  /** `seconds`: timeout of the function that handles the messages, if there is one. */
  const makeDeadLetterQueue = (id: string, subject: string, seconds?: number): Queue => {
    const queue = new Queue(scope, id, {
      ...encryption,
      retentionPeriod: Duration.days(MAX_DAYS),
      ...(seconds !== undefined && { visibilityTimeout: Duration.seconds(VISIBILITY_FACTOR * seconds) }),
    });
    acknowledge(queue, { SQS3: "This is a dead-letter queue." });
    alarms.add(queue, "NotEmpty", {
      section: "dead-letters",
      description: `The dead-letter queue of ${subject}, ${id}, is not empty.`,
      metric: queue.metricApproximateNumberOfMessagesVisible({ ...MINUTE, statistic: "Maximum" }),
      threshold: 0,
      // Gives the dead-letter function some minutes to handle messages by itself.
      evaluationPeriods: 5,
    });
    return queue;
  };

  const makeQueue = (
    id: string,
    deadLetters: Queue,
    { seconds, days }: { seconds: number; days: number },
    age: { section: RunbookSection; minutes: number },
  ): Queue => {
    const queue = new Queue(scope, id, {
      ...encryption,
      visibilityTimeout: Duration.seconds(VISIBILITY_FACTOR * seconds),
      maxMessageSizeBytes: QUEUE_LIMITS.bytes,
      retentionPeriod: Duration.days(days),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: MAX_DELIVERIES },
    });
    alarms.add(queue, "Age", {
      section: age.section,
      description: `The oldest message in ${id} has waited for more than ${age.minutes} minutes.`,
      metric: queue.metricApproximateAgeOfOldestMessage({ ...MINUTE, statistic: "Maximum" }),
      threshold: age.minutes * 60,
      evaluationPeriods: 5,
    });
    return queue;
  };

  const jobsDead = makeDeadLetterQueue("JobsDead", "jobs", ENTRIES["dead-letter"].seconds);
  const webhooksDead = makeDeadLetterQueue("WebhooksDead", "webhooks");
  const eventsDead = new Queue(scope, "EventsDead", { ...encryption, retentionPeriod: Duration.days(MAX_DAYS) });
  acknowledge(eventsDead, { SQS3: "This is a dead-letter queue." });
  alarms.add(eventsDead, "NotEmpty", {
    section: "events-were-given-up",
    description: "Events could not be delivered to WebSocket clients.",
    metric: eventsDead.metricApproximateNumberOfMessagesVisible({ ...MINUTE, statistic: "Maximum" }),
    threshold: 0,
  });
  return {
    jobsDead,
    webhooksDead,
    eventsDead,
    // An attempt may take as long as a Lambda function may run, and GPU machines take minutes to start.
    jobs: makeQueue(
      "Jobs",
      jobsDead,
      { seconds: WORKER_SECONDS, days: JOB_DAYS },
      { section: "jobs-wait", minutes: 30 },
    ),
    webhooks: makeQueue(
      "Webhooks",
      webhooksDead,
      { seconds: ENTRIES.webhook.seconds, days: MAX_DAYS },
      { section: "webhooks-wait", minutes: 15 },
    ),
  };
}
