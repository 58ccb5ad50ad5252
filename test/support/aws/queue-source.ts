// A queue as Lambda's event source reads it: a message a call, hidden meanwhile, removed when it was not reported as failed;
// and now and then brought twice at once.
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import type { Queue } from "../../../infra/ports.ts";
import { randomOf } from "../random.ts";
import { sqsRecord } from "./lambda-events.ts";

export type QueueHandler = (event: SQSEvent) => Promise<SQSBatchResponse>;

type PollingOptions = {
  /** Calls at the same time. */
  readonly most: number;
  readonly seed: number;
  /** Share of the messages that are delivered twice. */
  readonly twice: number;
};

/** Six times the function's longest run. */
const VISIBILITY_SECONDS = 5_400;

/** `close` resolves when no call is under way. */
export function followQueue(queue: Queue, handler: QueueHandler, { most, seed, twice }: PollingOptions) {
  const random = randomOf(seed);
  const end = new AbortController();

  const bring = async (event: SQSEvent): Promise<boolean> => {
    try {
      return (await handler(event)).batchItemFailures.length === 0;
    } catch {
      return false;
    }
  };
  const poll = async () => {
    while (!end.signal.aborted) {
      const wait = { max: 1, waitSeconds: 1, visibilitySeconds: VISIBILITY_SECONDS, signal: end.signal };
      for (const { job, handle, deliveries } of await queue.receive(wait)) {
        const event = { Records: [sqsRecord(JSON.stringify(job), { handle, deliveries })] };
        const brought = await Promise.all(Array.from({ length: random() < twice ? 2 : 1 }, () => bring(event)));
        if (brought.every((done) => done)) await queue.acknowledge(handle);
      }
    }
  };
  const running = Promise.all(Array.from({ length: most }, poll));
  return {
    close: async () => {
      end.abort();
      await running;
    },
  };
}
