// Queues with the semantics of SQS. A database holds several, each under a name.
//
// Fairness: each message gets a turn, one after its group's last turn and not before the turn that is being served. The
// lowest turn is served first. So the messages of one group queue up behind each other while another group's first message
// is served next, and new messages cannot starve a waiting one.

import { checkDelay, checkReceive, checkVisibility, encodeMessage } from "../limits.ts";
import type { Clock, JobMessage, Message, Queue } from "../ports.ts";
import { createNotifier } from "../util/notifier.ts";
import { toText } from "./connection.ts";
import type { Database } from "./database.ts";

const SEND = `INSERT INTO messages (queue, owner, turn, visible_at, deliveries, job) VALUES (?, ?, 1 + max(
    (SELECT coalesce(max(turn), 0) FROM messages WHERE queue = ? AND owner = ?),
    (SELECT coalesce(max(turn), 0) FROM turns WHERE queue = ?)), ?, 0, ?)`;
const READY = `SELECT number, turn, deliveries, CAST(job AS BLOB) AS job FROM messages WHERE queue = ? AND visible_at <= ?
  ORDER BY turn, number LIMIT ?`;
const TAKE = "UPDATE messages SET visible_at = ?, deliveries = deliveries + 1 WHERE number = ?";
const RELEASE = "UPDATE messages SET visible_at = ?, deliveries = deliveries - 1 WHERE number = ? AND deliveries = ?";
const SERVED = `INSERT INTO turns (queue, turn) VALUES (?, ?)
  ON CONFLICT (queue) DO UPDATE SET turn = max(turn, excluded.turn)`;
const NEXT = "SELECT min(visible_at) AS at FROM messages WHERE queue = ? AND visible_at > ?";
const EXTEND = `UPDATE messages SET visible_at = ?
  WHERE queue = ? AND number = ? AND deliveries = ? AND visible_at > ?`;
const RECLAIM = "UPDATE messages SET visible_at = ? WHERE queue = ? AND visible_at > ?";
const REMOVE = "DELETE FROM messages WHERE queue = ? AND number = ? AND deliveries = ?";
/** Of the messages of one owner: the newest of a job, and how many are ready before a place. */
const PLACE = `SELECT turn, number, visible_at > ? AS hidden FROM messages WHERE queue = ? AND owner = ? AND job = ?
  ORDER BY number DESC LIMIT 1`;
const AHEAD = `SELECT count(*) AS count FROM messages
  WHERE queue = ? AND owner = ? AND visible_at <= ? AND (turn, number) < (?, ?)`;
/** After all messages. */
const LAST = { turn: Number.MAX_SAFE_INTEGER, number: 0 };
const DEPTH = `SELECT count(*) AS whole, coalesce(sum(visible_at > ?), 0) AS hidden FROM messages WHERE queue = ?`;

type Place = { readonly turn: number; readonly number: number };
type Ready = { readonly number: number; readonly turn: number; readonly deliveries: number; readonly job: ArrayBuffer };

export type LocalQueue = Queue & {
  /**
   * Makes all messages visible: an earlier process held them, or a clock that was ahead has hidden them. A message that
   * comes before its job may be leased is postponed again.
   */
  reclaim(): Promise<void>;
};

/** Create one object per name: receivers that wait in another object notice a sent message only at their next poll. */
export function localQueue(database: Database, name: string, clock: Clock): LocalQueue {
  const changes = createNotifier();
  const later = (seconds: number) => clock.now() + seconds * 1000;

  const take = (max: number, visibilitySeconds: number): Message[] => {
    const ready = database.rows<Ready>(READY, name, clock.now(), max);
    for (const { number } of ready) database.run(TAKE, later(visibilitySeconds), number);
    if (ready.length > 0) database.run(SERVED, name, ready.at(-1)!.turn);
    return ready.flatMap(({ number, deliveries, job }) => {
      const handle = formatHandle(number, deliveries + 1);
      const message = parseMessage(job);
      if (message) return [{ job: message, handle, deliveries: deliveries + 1 }];
      // Damaged. The job's record shows that its message is missing, so the sweeper sends another one.
      database.run(REMOVE, name, ...parseHandle(handle));
      return [];
    });
  };

  /** Undoes a delivery. */
  const release = async (messages: readonly Message[]): Promise<void> => {
    await database.write(() => {
      for (const { handle } of messages) database.run(RELEASE, clock.now(), ...parseHandle(handle));
    });
    changes.notify();
  };

  return {
    send: async (job, { group, delaySeconds = 0 }) => {
      const body = encodeMessage(job);
      checkDelay(delaySeconds);
      await database.write(() => database.run(SEND, name, group, name, group, name, later(delaySeconds), body));
      changes.notify();
    },
    receive: async (options) => {
      checkReceive(options);
      const { max, waitSeconds, visibilitySeconds, signal } = options;
      const end = performance.now() + waitSeconds * 1000;
      for (;;) {
        const since = changes.version;
        const messages = await database.write(() => (signal?.aborted ? [] : take(max, visibilitySeconds)));
        if (messages.length > 0 && !signal?.aborted) return messages;
        if (messages.length > 0) await release(messages);
        const left = end - performance.now();
        if (left <= 0 || signal?.aborted) return [];
        const { at } = database.rows<{ at: number | null }>(NEXT, name, clock.now())[0]!;
        await changes.wait(since, at === null ? left : Math.min(left, at - clock.now()), signal);
      }
    },
    changeVisibility: async (handle, seconds) => {
      checkVisibility(seconds);
      const extended = await database.write(
        () => database.run(EXTEND, later(seconds), name, ...parseHandle(handle), clock.now()) === 1,
      );
      if (extended) changes.notify();
      return extended;
    },
    acknowledge: async (handle) => {
      await database.write(() => database.run(REMOVE, name, ...parseHandle(handle)));
    },
    reclaim: async () => {
      const now = clock.now();
      await database.write(() => database.run(RECLAIM, now, name, now));
      changes.notify();
    },
    position: async (job, group) => {
      const now = clock.now();
      const [sent] = database.rows<Place & { hidden: number }>(PLACE, now, name, group, encodeMessage(job));
      if (sent?.hidden) return undefined;
      const { turn, number }: Place = sent ?? LAST;
      return database.rows<{ count: number }>(AHEAD, name, group, now, turn, number)[0]!.count;
    },
    depth: async () => {
      const { whole, hidden } = database.rows<{ whole: number; hidden: number }>(DEPTH, clock.now(), name)[0]!;
      return { ready: whole - hidden, hidden };
    },
  };
}

function parseMessage(body: ArrayBuffer): JobMessage | undefined {
  try {
    return JSON.parse(toText(body));
  } catch {
    return undefined;
  }
}

/** Different for each delivery. */
function formatHandle(number: number, deliveries: number): string {
  return `${number}.${deliveries}`;
}

/** An invalid handle becomes one that matches no message. */
function parseHandle(handle: string): [number: number, deliveries: number] {
  const [number = "", deliveries = ""] = handle.split(".");
  return [Number.parseInt(number, 10) || -1, Number.parseInt(deliveries, 10) || -1];
}
