// Delivers new events to a subscription: at least once, in order, and by one process at a time.

import type { Subscription } from "../../../infra/aws/connection-items.ts";
import type { Connections } from "../../../infra/aws/connections.ts";
import type { LockedSubscription } from "../../../infra/aws/subscriptions.ts";
import type { Clock } from "../../../infra/ports.ts";
import {
  encodeMessage,
  errorPayload,
  NO_KEY,
  type StatelessOperations,
  type SubscribePayload,
} from "../../../schema/index.ts";
import type { Caller, FindViewer } from "../authenticate.ts";
import type { EventSource } from "./event-source.ts";
import { createSender, type Send, type SenderParts } from "./sender.ts";

/** If the holder crashes, the subscription stays locked this long. */
const LOCK_MS = 20_000;
/** Longer than one message takes with all its tries. With less time left, the lock is extended before sending. */
const SEND_MS = 13_000;

export const TOO_LARGE = errorPayload(
  "LIMIT_EXCEEDED",
  "The answer exceeds the 128 KB that a message over this WebSocket may have: select fewer fields, or use HTTP.",
);
export const UNAUTHENTICATED = errorPayload("UNAUTHENTICATED", NO_KEY);

/** What a subscription's row stores of the subscriber's request. */
export type SubscriptionRequest = { readonly payload: SubscribePayload; readonly caller: Caller };

type DeliveryParts = SenderParts & {
  readonly connections: Connections;
  readonly operations: StatelessOperations;
  readonly clock: Clock;
};

export type Delivery = {
  readonly findViewer: FindViewer;
  /** Close a connection that cannot be reached, whatever the reason: other deliveries have waited long enough. */
  readonly force: boolean;
};

/** LOCKED: another process is delivering, perhaps from older records, so the delivery must be retried. */
type DeliveryOutcome = "DELIVERED" | "LOCKED";

export type Deliver = (subscription: Subscription, source: EventSource, delivery: Delivery) => Promise<DeliveryOutcome>;

export function createDeliver(parts: DeliveryParts): Deliver {
  const { connections } = parts;
  const send = createSender(parts);
  return async (subscription, source, delivery) => {
    if (!source.hasNews(subscription.position)) return "DELIVERED";
    const locked = await connections.lock(subscription, LOCK_MS);
    if (locked === "GONE") return "DELIVERED";
    if (locked === "LOCKED") return "LOCKED";
    let newest = locked;
    try {
      return await deliverLocked({ ...parts, send }, locked, source, delivery, (updated) => {
        newest = updated;
      });
    } catch (error) {
      // Release the lock for the next try. If this fails too, the lock expires.
      await connections.recordDelivered(newest, newest.position, 0).catch(() => {});
      throw error;
    }
  };
}

/** `onSent` receives the subscription after each event that was sent. */
async function deliverLocked(
  { connections, operations, clock, send }: DeliveryParts & { readonly send: Send },
  locked: LockedSubscription,
  source: EventSource,
  { findViewer, force }: Delivery,
  onSent: (updated: LockedSubscription) => void,
): Promise<DeliveryOutcome> {
  const { connection, operation } = locked;
  /** Sends the operation's last message. */
  const finish = async (text: string): Promise<"DELIVERED"> => {
    await send(connection, text, force);
    // Removed after sending, so that a crash in between repeats the message.
    await connections.complete(locked);
    return "DELIVERED";
  };
  const { payload, caller } = JSON.parse(locked.request) as SubscriptionRequest;
  const viewer = await findViewer(caller);
  if (!viewer) return finish(encodeMessage.error(operation, UNAUTHENTICATED));
  let current: LockedSubscription = locked;
  for await (const { atHand, positions } of source.after(locked.position)) {
    const results = await operations.execute(payload, viewer, atHand);
    if ("errors" in results) return finish(encodeMessage.error(operation, results.errors));
    let sent = 0;
    for await (const result of results) {
      if (current.until - clock.now() < SEND_MS) {
        const extended = await connections.recordDelivered(current, current.position, LOCK_MS);
        if (extended === undefined) return "LOCKED";
        current = extended;
      }
      const outcome = await send(connection, encodeMessage.next(operation, result), force);
      if (outcome === "LARGE") return finish(encodeMessage.error(operation, TOO_LARGE));
      if (outcome === "CLOSED") {
        // The connection's row, which lists this operation, may have been gone already.
        await connections.complete(current);
        return "DELIVERED";
      }
      current = { ...current, position: positions[sent++]! };
      onSent(current);
    }
  }
  if (source.completes) return finish(encodeMessage.complete(operation));
  await connections.recordDelivered(current, current.position, 0);
  return "DELIVERED";
}
