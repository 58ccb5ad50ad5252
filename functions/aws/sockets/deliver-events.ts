// Tells a subscription the events it has not heard of: at least once, in order, and of several at once by one alone.
import type { Connections, Held, Subscription } from "../../../infra/aws/connections.ts";
import { isTerminal, type JobEvent, type JobRecord } from "../../../infra/jobs/job.ts";
import type { Clock } from "../../../infra/ports.ts";
import {
  encodeMessage,
  errorPayload,
  NO_KEY,
  type StatelessOperations,
  type SubscribePayload,
} from "../../../schema/index.ts";
import type { Caller, ViewerOf } from "../authenticate.ts";
import { createSender, type SenderParts } from "./sender.ts";

/** Whoever dies keeps a subscription from the others for so long. */
const HOLD_MS = 20_000;
/** More than a post takes with all its attempts: with less left, nothing is sent before it is held for longer. */
const POST_MS = 13_000;

export const TOO_LARGE = errorPayload(
  "LIMIT_EXCEEDED",
  "A message over this WebSocket may have 128 KB, and this answer has more: select less, or ask over HTTP.",
);
export const UNAUTHENTICATED = errorPayload("UNAUTHENTICATED", NO_KEY);

/** What a subscription's row keeps of the one who asked. */
export type MessageHandler = { readonly payload: SubscribePayload; readonly caller: Caller };

export type DeliveryParts = SenderParts & {
  readonly connections: Connections;
  readonly stateless: StatelessOperations;
  readonly clock: Clock;
};

/** How it is told. */
export type Delivery = {
  readonly viewerOf: ViewerOf;
  /** Others have waited for this for long enough: a connection that cannot be told is ended, whatever the reason. */
  readonly late: boolean;
};

/** False when somebody else is at it, who may know less than this record: then it has to be tried again. */
export type Deliver = (subscription: Subscription, record: JobRecord, telling: Delivery) => Promise<boolean>;

export function deliverer({ stateless, clock, ...parts }: DeliveryParts): Deliver {
  const { connections } = parts;
  const speak = createSender(parts);

  const tell = async (
    held: Held,
    record: JobRecord,
    { viewerOf, late }: Delivery,
    heard: (now: Held) => void,
  ): Promise<boolean> => {
    const { connection, operation } = held;
    /** The operation's last word; true. */
    const finish = async (text: string): Promise<true> => {
      await speak(connection, text, late);
      // After the word, so that whoever dies in between leaves it to be said again.
      await connections.complete(held);
      return true;
    };
    const { payload, caller } = JSON.parse(held.asked) as MessageHandler;
    const viewer = await viewerOf(caller);
    if (!viewer) return finish(encodeMessage.error(operation, UNAUTHENTICATED));
    const events = worthTelling(record.events.slice(held.delivered));
    const answers = await stateless.execute(payload, viewer, record, events);
    if ("errors" in answers) return finish(encodeMessage.error(operation, answers.errors));
    let now: Held = held;
    let told = 0;
    for await (const answer of answers) {
      if (now.until - clock.now() < POST_MS) {
        const longer = await connections.delivered(now, now.delivered, HOLD_MS);
        if (longer === undefined) return false;
        now = longer;
      }
      const said = await speak(connection, encodeMessage.next(operation, answer), late);
      if (said === "LARGE") return finish(encodeMessage.error(operation, TOO_LARGE));
      if (said === "ENDED") {
        // The connection's row, which knows of this one, may have gone before.
        await connections.complete(now);
        return true;
      }
      now = { ...now, delivered: events[told++]!.seq };
      heard(now);
    }
    if (isTerminal(record)) return finish(encodeMessage.complete(operation));
    await connections.delivered(now, now.delivered, 0);
    return true;
  };

  return async (subscription, record, telling) => {
    if (!isTerminal(record) && subscription.delivered >= record.events.length) return true;
    const held = await connections.hold(subscription, HOLD_MS);
    if (held === "GONE") return true;
    if (held === "HELD") return false;
    let last = held;
    try {
      return await tell(held, record, telling, (now) => {
        last = now;
      });
    } catch (error) {
      // Freed, so that the next try need not wait; where that fails too, time frees it.
      await connections.delivered(last, last.delivered, 0).catch(() => {});
      throw error;
    }
  };
}

/** Of several steps in a row only the last is news. */
function worthTelling(events: readonly JobEvent[]): readonly JobEvent[] {
  return events.filter(({ type }, i) => type !== "PROGRESS" || events[i + 1]?.type !== "PROGRESS");
}
