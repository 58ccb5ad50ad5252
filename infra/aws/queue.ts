// A standard queue of SQS, fair by message group.
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  MessageNotInflight,
  ReceiptHandleIsInvalid,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { checkDelay, checkReceive, checkVisibility, encodeMessage } from "../limits.ts";
import { type Message, QUEUE_LIMITS, type Queue } from "../ports.ts";
import { parseJobMessage } from "./job-message.ts";

/**
 * Length of one poll where `receive` can be aborted. A running poll is never cancelled, because SQS would still hide the
 * messages it finds. Its messages are released instead, so an abort takes up to this long.
 */
const POLL_SECONDS = 5;

type ReceiveOptions = Parameters<Queue["receive"]>[0];

export function awsQueue(client: SQSClient, queueUrl: string): Queue {
  const visibility = new VisibilityTracker();

  const poll = async ({ max, visibilitySeconds }: ReceiveOptions, seconds: number): Promise<Message[]> => {
    const start = performance.now();
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: max,
        WaitTimeSeconds: seconds,
        VisibilityTimeout: visibilitySeconds,
        MessageSystemAttributeNames: ["ApproximateReceiveCount"],
      }),
    );
    return Messages.flatMap(({ Body, ReceiptHandle, Attributes }) => {
      const job = parseJobMessage(Body);
      // Not a message of unclip. SQS moves it to the dead-letter queue after some deliveries.
      if (job === undefined) return [];
      const handle = ReceiptHandle!;
      visibility.track(handle, start, visibilitySeconds);
      return [{ job, handle, deliveries: Number(Attributes?.ApproximateReceiveCount ?? 1) }];
    });
  };

  const changeVisibility = async (handle: string, seconds: number): Promise<boolean> => {
    checkVisibility(seconds);
    if (visibility.isExpired(handle)) return false;
    const start = performance.now();
    const input = { QueueUrl: queueUrl, ReceiptHandle: handle, VisibilityTimeout: seconds };
    const extended = await succeedsUnlessStale(client.send(new ChangeMessageVisibilityCommand(input)));
    visibility.track(handle, start, extended ? seconds : 0);
    return extended;
  };

  return {
    send: async (job, { group, delaySeconds = 0 }) => {
      const MessageBody = encodeMessage(job);
      checkDelay(delaySeconds);
      const input = { QueueUrl: queueUrl, MessageBody, MessageGroupId: group, DelaySeconds: delaySeconds };
      await client.send(new SendMessageCommand(input));
    },
    receive: async (options) => {
      checkReceive(options);
      const { waitSeconds, signal } = options;
      for (let left = waitSeconds; !signal?.aborted; left -= POLL_SECONDS) {
        const messages = await poll(options, signal ? Math.min(left, POLL_SECONDS) : left);
        if (signal?.aborted) await Promise.all(messages.map(({ handle }) => changeVisibility(handle, 0)));
        else if (messages.length > 0 || !signal || left <= POLL_SECONDS) return messages;
      }
      return [];
    },
    changeVisibility,
    acknowledge: async (handle) => {
      if (visibility.isExpired(handle)) return;
      await succeedsUnlessStale(client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: handle })));
      visibility.forget(handle);
    },
    // SQS does not say.
    position: async () => undefined,
    depth: async () => {
      const [ready, hidden, delayed] = [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
      ] as const;
      const input = { QueueUrl: queueUrl, AttributeNames: [ready, hidden, delayed] };
      const { Attributes = {} } = await client.send(new GetQueueAttributesCommand(input));
      const count = (name: typeof ready | typeof hidden | typeof delayed) => Number(Attributes[name] ?? 0);
      return { ready: count(ready), hidden: count(hidden) + count(delayed) };
    },
  };
}

/**
 * When the deliveries to this process become visible again. SQS may accept a stale handle and change a message that
 * another process has received since. Handles become stale by time alone, which this process can track. Unknown handles,
 * such as those of Lambda's events, are left to SQS.
 */
class VisibilityTracker {
  readonly #until = new Map<string, number>();

  /** `start` is taken before the call to SQS, so that a handle expires here no later than there. */
  track(handle: string, start: number, seconds: number): void {
    // No handle is valid for longer than SQS's maximum visibility.
    const oldest = start - QUEUE_LIMITS.visibilitySeconds * 1_000;
    for (const [old, until] of this.#until) if (until < oldest) this.#until.delete(old);
    this.#until.set(handle, start + seconds * 1_000);
  }

  isExpired(handle: string): boolean {
    return (this.#until.get(handle) ?? Number.POSITIVE_INFINITY) <= performance.now();
  }

  forget(handle: string): void {
    this.#until.delete(handle);
  }
}

/** Returns false if SQS reports a stale handle, for which it has three errors. */
async function succeedsUnlessStale(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    const { name } = error as Error;
    const stale = error instanceof ReceiptHandleIsInvalid || error instanceof MessageNotInflight;
    if (stale || name.startsWith("InvalidParameterValue")) return false;
    throw error;
  }
}
