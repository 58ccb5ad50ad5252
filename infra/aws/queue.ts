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
import { checkDelay, checkedBody, checkReceive, checkVisibility } from "../limits.ts";
import { type JobMessage, type Message, QUEUE_LIMITS, type Queue } from "../ports.ts";

/**
 * One poll of a wait that can be aborted. A poll that was begun is never cut off: SQS would go on with it and hide what it
 * finds from everybody. It is waited for, and what it brings is handed back; so an abort takes effect within these seconds.
 */
const POLL_SECONDS = 5;

type ReceiveOptions = Parameters<Queue["receive"]>[0];

export function awsQueue(client: SQSClient, queueUrl: string): Queue {
  const deliveries = new Deliveries();

  const poll = async ({ max, visibilitySeconds }: ReceiveOptions, seconds: number): Promise<Message[]> => {
    const asked = performance.now();
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
      // Not ours: left alone, it comes to the dead letters after some deliveries.
      if (job === undefined) return [];
      const handle = ReceiptHandle!;
      deliveries.hidden(handle, asked, visibilitySeconds);
      return [{ job, handle, deliveries: Number(Attributes?.ApproximateReceiveCount ?? 1) }];
    });
  };

  const changeVisibility = async (handle: string, seconds: number): Promise<boolean> => {
    checkVisibility(seconds);
    if (deliveries.over(handle)) return false;
    const asked = performance.now();
    const input = { QueueUrl: queueUrl, ReceiptHandle: handle, VisibilityTimeout: seconds };
    const extended = await unlessStale(client.send(new ChangeMessageVisibilityCommand(input)));
    deliveries.hidden(handle, asked, extended ? seconds : 0);
    return extended;
  };

  return {
    send: async (job, { group, delaySeconds = 0 }) => {
      const MessageBody = checkedBody(job);
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
      if (deliveries.over(handle)) return;
      await unlessStale(client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: handle })));
      deliveries.forget(handle);
    },
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
 * Until when the deliveries of this process hide their messages. SQS may take an old handle for a message that others
 * have by now; but it gets old by time alone, which this process knows. Handles that came another way (in an event of
 * Lambda's) are not known here and left to SQS.
 */
class Deliveries {
  readonly #until = new Map<string, number>();

  /** Counted from before the call, so that it is over here no later than there. */
  hidden(handle: string, asked: number, seconds: number): void {
    // No handle outlives SQS's longest visibility.
    const dead = asked - QUEUE_LIMITS.visibilitySeconds * 1_000;
    for (const [old, until] of this.#until) if (until < dead) this.#until.delete(old);
    this.#until.set(handle, asked + seconds * 1_000);
  }

  over(handle: string): boolean {
    return (this.#until.get(handle) ?? Number.POSITIVE_INFINITY) <= performance.now();
  }

  forget(handle: string): void {
    this.#until.delete(handle);
  }
}

/** Of a message's body; undefined for what is not ours. */
export function parseJobMessage(body: string | undefined): JobMessage | undefined {
  try {
    const { id } = JSON.parse(body ?? "") as Partial<JobMessage>;
    return typeof id === "string" ? { id } : undefined;
  } catch {
    return undefined;
  }
}

/** False where SQS says that the handle is of no use any more; it has three names for that. */
async function unlessStale(call: Promise<unknown>): Promise<boolean> {
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
