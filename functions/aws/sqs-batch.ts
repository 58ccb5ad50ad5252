// Messages as Lambda brings them: one record, one outcome. What is reported as failed stays in its queue.
import type { SQSBatchItemFailure, SQSRecord } from "aws-lambda";
import { parseJobMessage } from "../../infra/aws/queue.ts";
import { type Message, QUEUE_LIMITS, type Queue } from "../../infra/ports.ts";
import type { Logger } from "../log.ts";

export type RecordHandling = {
  readonly log: Logger;
  /** Of the queue that the records come from. Without it, what failed comes again when its visibility ends. */
  readonly queue?: Pick<Queue, "changeVisibility"> | undefined;
};

/** Pause before a message whose handling failed comes again: 30 s, 60 s, ... so that ten tries outlast an outage of an hour. */
const pauseSeconds = (deliveries: number) => Math.min(30 * 2 ** (deliveries - 1), QUEUE_LIMITS.delaySeconds);

/** None when `act` says that the message is done with; else the one, also when it is not of ours. Never rejects. */
export async function handleRecord(
  { messageId, body, receiptHandle: handle, attributes }: SQSRecord,
  { log, queue }: RecordHandling,
  act: (message: Message) => Promise<boolean>,
): Promise<SQSBatchItemFailure[]> {
  const failure = { itemIdentifier: messageId };
  const job = parseJobMessage(body);
  if (job === undefined) {
    log.error({ message: messageId }, "a message is not of ours");
    return [failure];
  }
  const deliveries = Number(attributes.ApproximateReceiveCount);
  try {
    return (await act({ job, handle, deliveries })) ? [] : [failure];
  } catch (err) {
    log.error({ err, job: job.id, deliveries }, "a message could not be handled");
    await queue?.changeVisibility(handle, pauseSeconds(deliveries)).catch(() => {});
    return [failure];
  }
}
