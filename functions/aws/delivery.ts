// Tells a subscription the events it has not heard of: at least once, in order, and of several at once by one alone.
import type { Connections, Held, Subscription } from "../../infra/aws/connections.ts";
import type { Post } from "../../infra/aws/post.ts";
import { type JobEvent, type JobRecord, over } from "../../infra/jobs/job.ts";
import type { Clock } from "../../infra/ports.ts";
import { type Detached, problem, type SubscribePayload, say, type Viewer } from "../../schema/index.ts";

/** Whoever dies keeps a subscription from the others for so long. */
const HOLD_MS = 20_000;
/** More than a post takes with all its attempts: with less left, nothing is sent before it is held for longer. */
const POST_MS = 13_000;

export const TOO_LARGE = problem(
  "LIMIT_EXCEEDED",
  "A message over this WebSocket may have 128 KB, and this answer has more: select less, or ask over HTTP.",
);

/** What a subscription's row keeps of the one who asked. */
export type Asked = { readonly payload: SubscribePayload; readonly viewer: Viewer };

export type DeliveryParts = {
  readonly connections: Connections;
  readonly post: Post;
  readonly detached: Detached;
  readonly clock: Clock;
};

/** False when somebody else is at it, who may know less than this record: then it has to be tried again. */
export type Deliver = (subscription: Subscription, record: JobRecord) => Promise<boolean>;

export function deliverer({ connections, post, detached, clock }: DeliveryParts): Deliver {
  /** The operation's last word; true. */
  const finish = async (held: Held, text: string): Promise<true> => {
    if ((await post.send(held.connection, text)) === "GONE") await connections.close(held.connection);
    // After the word, so that whoever dies in between leaves it to be said again.
    await connections.complete(held);
    return true;
  };

  const tell = async (held: Held, record: JobRecord, heard: (now: Held) => void): Promise<boolean> => {
    const { connection, operation } = held;
    const { payload, viewer } = JSON.parse(held.asked) as Asked;
    const events = worthTelling(record.events.slice(held.delivered));
    const answers = await detached.tell(payload, viewer, record, events);
    if ("errors" in answers) return finish(held, say.error(operation, answers.errors));
    let now: Held = held;
    let told = 0;
    for await (const answer of answers) {
      if (now.until - clock.now() < POST_MS) {
        const longer = await connections.delivered(now, now.delivered, HOLD_MS);
        if (longer === undefined) return false;
        now = longer;
      }
      const sent = await post.send(connection, say.next(operation, answer));
      if (sent === "LARGE") return finish(now, say.error(operation, TOO_LARGE));
      if (sent === "GONE") {
        await Promise.all([connections.close(connection), connections.complete(now)]);
        return true;
      }
      now = { ...now, delivered: events[told++]!.seq };
      heard(now);
    }
    if (over(record)) return finish(now, say.complete(operation));
    await connections.delivered(now, now.delivered, 0);
    return true;
  };

  return async (subscription, record) => {
    if (!over(record) && subscription.delivered >= record.events.length) return true;
    const held = await connections.hold(subscription, HOLD_MS);
    if (held === "GONE") return true;
    if (held === "HELD") return false;
    let last = held;
    try {
      return await tell(held, record, (now) => {
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
