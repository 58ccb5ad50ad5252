// Handles the records of Lambda's SQS events. A record that is reported as failed stays in its queue.
import type { SQSBatchItemFailure, SQSRecord } from "aws-lambda";
import { parseJobMessage } from "../../infra/aws/job-message.ts";
import type { MessageOutcome } from "../../infra/jobs/worker.ts";
import { type Message, QUEUE_LIMITS, type Queue } from "../../infra/ports.ts";
import type { Logger } from "../log.ts";

type RecordHandling = {
  readonly log: Logger;
  /** The records' queue. Without it, a failed message becomes visible when its visibility timeout ends. */
  readonly queue?: Pick<Queue, "changeVisibility"> | undefined;
};

/** Pause before a failed message is redelivered: 30 s, 60 s, ... so that ten tries outlast an outage of an hour. */
const pauseSeconds = (deliveries: number) => Math.min(30 * 2 ** (deliveries - 1), QUEUE_LIMITS.delaySeconds);

/** Returns no failure if `act` is done with the message, else one; also for a message that is not of unclip. Never rejects. */
export async function handleRecord(
  { messageId, body, receiptHandle: handle, attributes }: SQSRecord,
  { log, queue }: RecordHandling,
  act: (message: Message) => Promise<MessageOutcome>,
): Promise<SQSBatchItemFailure[]> {
  const failure = { itemIdentifier: messageId };
  const job = parseJobMessage(body);
  if (job === undefined) {
    log.error({ message: messageId }, "unknown message format");
    return [failure];
  }
  const deliveries = Number(attributes.ApproximateReceiveCount);
  try {
    return (await act({ job, handle, deliveries })) === "DONE" ? [] : [failure];
  } catch (err) {
    log.error({ err, job: job.id, deliveries }, "handling a message failed");
    await queue?.changeVisibility(handle, pauseSeconds(deliveries)).catch(() => {});
    return [failure];
  }
}
