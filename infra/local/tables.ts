// The tables, as the steps that made them. A step that was released is never changed: the next one changes its tables.
import type { Connection } from "./connection.ts";

const STEPS: readonly string[] = [
  // The columns beside the record are only what is searched by.
  `CREATE TABLE jobs (
     id TEXT PRIMARY KEY,
     version INTEGER NOT NULL,
     owner TEXT NOT NULL,
     status TEXT NOT NULL,
     created_at INTEGER NOT NULL,
     ended_at INTEGER,
     wake_at INTEGER,
     pictures_in_flight INTEGER NOT NULL,
     record TEXT NOT NULL
   ) STRICT;
   CREATE INDEX jobs_of_owner ON jobs (owner, created_at, id);
   CREATE INDEX jobs_in_flight ON jobs (owner, pictures_in_flight) WHERE pictures_in_flight > 0;
   CREATE INDEX jobs_to_wake ON jobs (wake_at) WHERE wake_at IS NOT NULL;
   CREATE INDEX jobs_ended ON jobs (ended_at) WHERE ended_at IS NOT NULL;

   CREATE TABLE messages (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     queue TEXT NOT NULL,
     owner TEXT NOT NULL,
     turn INTEGER NOT NULL,
     visible_at INTEGER NOT NULL,
     deliveries INTEGER NOT NULL,
     note TEXT NOT NULL
   ) STRICT;
   CREATE INDEX messages_by_turn ON messages (queue, turn, number);
   CREATE INDEX messages_of_owner ON messages (queue, owner, turn);
   CREATE INDEX messages_by_time ON messages (queue, visible_at);
   CREATE TABLE turns (queue TEXT PRIMARY KEY, turn INTEGER NOT NULL) STRICT;`,
];

/** False when a later release has been here, whose tables this one does not know. */
export function migrate(connection: Connection, steps = STEPS): boolean {
  const { user_version: done } = connection.rows<{ user_version: number }>("PRAGMA user_version")[0]!;
  if (done > steps.length) return false;
  for (const [index, step] of steps.entries()) {
    if (index < done) continue;
    connection.script(`BEGIN IMMEDIATE; ${step}; PRAGMA user_version = ${index + 1}; COMMIT`);
  }
  return true;
}
