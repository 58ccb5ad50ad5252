// Queues like those of SQS, several in one database, each under a name.
//
// Fair: every message gets a turn, one after its group's last and not before the turn that is served now. The lowest turn
// is served first. So the many of one group lie behind each other while another group's first is next in line, and no
// stream of newcomers can keep a waiting message from its turn.

import { checkDelay, checkedBody, checkReceive, checkVisibility } from "../limits.ts";
import type { Clock, Message, Queue } from "../ports.ts";
import { createNotifier } from "../util/notifier.ts";
import type { Database } from "./database.ts";

const SEND = `INSERT INTO messages (queue, owner, turn, visible_at, deliveries, note) VALUES (?, ?, 1 + max(
    (SELECT coalesce(max(turn), 0) FROM messages WHERE queue = ? AND owner = ?),
    (SELECT coalesce(max(turn), 0) FROM turns WHERE queue = ?)), ?, 0, ?)`;
const READY = `SELECT number, turn, deliveries, note FROM messages WHERE queue = ? AND visible_at <= ?
  ORDER BY turn, number LIMIT ?`;
const TAKE = "UPDATE messages SET visible_at = ?, deliveries = deliveries + 1 WHERE number = ?";
const UNTAKE = "UPDATE messages SET visible_at = ?, deliveries = deliveries - 1 WHERE number = ? AND deliveries = ?";
const SERVED = `INSERT INTO turns (queue, turn) VALUES (?, ?)
  ON CONFLICT (queue) DO UPDATE SET turn = max(turn, excluded.turn)`;
const NEXT = "SELECT min(visible_at) AS at FROM messages WHERE queue = ? AND visible_at > ?";
const EXTEND = `UPDATE messages SET visible_at = ?
  WHERE queue = ? AND number = ? AND deliveries = ? AND visible_at > ?`;
const REMOVE = "DELETE FROM messages WHERE queue = ? AND number = ? AND deliveries = ?";
const DEPTH = `SELECT count(*) AS whole, coalesce(sum(visible_at > ?), 0) AS hidden FROM messages WHERE queue = ?`;

type Ready = { readonly number: number; readonly turn: number; readonly deliveries: number; readonly note: string };

/** One object a name: what one sends, the other's waiting receivers do not hear of until they look again. */
export function localQueue(database: Database, name: string, clock: Clock): Queue {
  const changed = createNotifier();
  const later = (seconds: number) => clock.now() + seconds * 1000;

  const take = (max: number, visibilitySeconds: number): Message[] => {
    const ready = database.rows<Ready>(READY, name, clock.now(), max);
    for (const { number } of ready) database.run(TAKE, later(visibilitySeconds), number);
    if (ready.length > 0) database.run(SERVED, name, ready.at(-1)!.turn);
    return ready.map(({ number, deliveries, note }) => ({
      job: JSON.parse(note),
      handle: handleOf(number, deliveries + 1),
      deliveries: deliveries + 1,
    }));
  };

  /** As if it had never been delivered. */
  const untake = async (messages: readonly Message[]): Promise<void> => {
    await database.write(() => {
      for (const { handle } of messages) database.run(UNTAKE, clock.now(), ...partsOf(handle));
    });
    changed.notify();
  };

  return {
    send: async (job, { group, delaySeconds = 0 }) => {
      const body = checkedBody(job);
      checkDelay(delaySeconds);
      await database.write(() => database.run(SEND, name, group, name, group, name, later(delaySeconds), body));
      changed.notify();
    },
    receive: async (options) => {
      checkReceive(options);
      const { max, waitSeconds, visibilitySeconds, signal } = options;
      const end = performance.now() + waitSeconds * 1000;
      for (;;) {
        const since = changed.version;
        const messages = await database.write(() => (signal?.aborted ? [] : take(max, visibilitySeconds)));
        if (messages.length > 0 && !signal?.aborted) return messages;
        if (messages.length > 0) await untake(messages);
        const left = end - performance.now();
        if (left <= 0 || signal?.aborted) return [];
        const { at } = database.rows<{ at: number | null }>(NEXT, name, clock.now())[0]!;
        await changed.wait(since, at === null ? left : Math.min(left, at - clock.now()), signal);
      }
    },
    changeVisibility: async (handle, seconds) => {
      checkVisibility(seconds);
      const extended = await database.write(
        () => database.run(EXTEND, later(seconds), name, ...partsOf(handle), clock.now()) === 1,
      );
      if (extended) changed.notify();
      return extended;
    },
    acknowledge: async (handle) => {
      await database.write(() => database.run(REMOVE, name, ...partsOf(handle)));
    },
    depth: async () => {
      const { whole, hidden } = database.rows<{ whole: number; hidden: number }>(DEPTH, clock.now(), name)[0]!;
      return { ready: whole - hidden, hidden };
    },
  };
}

/** Another one at each delivery. */
function handleOf(number: number, deliveries: number): string {
  return `${number}.${deliveries}`;
}

/** What is no handle becomes one that fits no message. */
function partsOf(handle: string): [number: number, deliveries: number] {
  const [number = "", deliveries = ""] = handle.split(".");
  return [Number.parseInt(number, 10) || -1, Number.parseInt(deliveries, 10) || -1];
}
