// A queue with all the faults that SQS permits, chosen by a seed: messages arrive twice, late, in another order or after
// they were removed; polls return nothing, receipts expire while they are held, and counts are estimates.
import { checkDelay, checkReceive } from "../../../infra/limits.ts";
import type { Message, Queue } from "../../../infra/ports.ts";
import { randomOf } from "../random.ts";

/** How often, of 1. */
export type QueueFaults = {
  readonly duplicate: number;
  readonly delay: number;
  readonly redeliver: number;
  readonly empty: number;
  readonly stale: number;
};

const DEFAULT_FAULTS: QueueFaults = { duplicate: 0.2, delay: 0.2, redeliver: 0.2, empty: 0.2, stale: 0.2 };

const DELAY_SECONDS = 1;

export function faultyQueue(queue: Queue, seed: number, faults: QueueFaults = DEFAULT_FAULTS): Queue {
  const random = randomOf(seed);
  const happens = (kind: keyof QueueFaults) => random() < faults[kind];
  const sent = new Map<string, string>();
  const taken = new Map<string, Message>();

  const resend = (id: string, delaySeconds: number) => queue.send({ id }, { group: sent.get(id) ?? "", delaySeconds });

  return {
    send: async (job, { group, delaySeconds = 0 }) => {
      checkDelay(delaySeconds);
      await queue.send(job, { group, delaySeconds: happens("delay") ? addDelay(delaySeconds) : delaySeconds });
      sent.set(job.id, group);
      if (happens("duplicate")) await resend(job.id, addDelay(delaySeconds));
    },
    receive: async (options) => {
      checkReceive(options);
      if (happens("empty")) return [];
      const messages = shuffled(await queue.receive(options), random);
      for (const message of messages) {
        taken.set(message.handle, message);
        if (happens("stale")) await queue.changeVisibility(message.handle, 0);
      }
      return messages;
    },
    changeVisibility: (handle, seconds) => queue.changeVisibility(handle, seconds),
    acknowledge: async (handle) => {
      await queue.acknowledge(handle);
      const message = taken.get(handle);
      taken.delete(handle);
      if (message && happens("redeliver")) await resend(message.job.id, random() < 0.5 ? 0 : DELAY_SECONDS);
    },
    position: (job, group) => queue.position(job, group),
    depth: async () => {
      const { ready, hidden } = await queue.depth();
      const guess = (count: number) => Math.max(0, count + Math.floor(random() * 3) - 1);
      return { ready: guess(ready), hidden: guess(hidden) };
    },
  };
}

function addDelay(delaySeconds: number): number {
  return Math.min(delaySeconds + DELAY_SECONDS, 900);
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
