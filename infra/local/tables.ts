// The tables, as a list of migrations. Never change a released migration; append another one.
import type { Connection } from "./connection.ts";

const MIGRATIONS: readonly string[] = [
  // Columns besides `record` are only for searching.
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
     job TEXT NOT NULL
   ) STRICT;
   CREATE INDEX messages_by_turn ON messages (queue, turn, number);
   CREATE INDEX messages_of_owner ON messages (queue, owner, turn);
   CREATE INDEX messages_by_time ON messages (queue, visible_at);
   CREATE TABLE turns (queue TEXT PRIMARY KEY, turn INTEGER NOT NULL) STRICT;`,
  // Deadlines and webhooks are searched separately, and webhooks by owner.
  `DROP INDEX jobs_to_wake;
   CREATE INDEX jobs_to_sweep ON jobs (wake_at, id) WHERE ended_at IS NULL AND wake_at IS NOT NULL;
   CREATE INDEX webhooks_to_send ON jobs (owner, wake_at, id) WHERE ended_at IS NOT NULL AND wake_at IS NOT NULL;
   -- Records that could not be read, as they were. Nothing reads them again.
   CREATE TABLE damaged_jobs (id TEXT, owner TEXT, record TEXT, found_at INTEGER NOT NULL);`,
  `ALTER TABLE jobs ADD COLUMN kind TEXT NOT NULL DEFAULT 'generate';
   ALTER TABLE jobs ADD COLUMN starred INTEGER NOT NULL DEFAULT 0;
   UPDATE jobs SET kind = coalesce(json_extract(record, '$.request.kind'), kind) WHERE json_valid(record)`,
];

/** Returns false if a later release has added migrations that this one does not know. */
export function migrate(connection: Connection, migrations = MIGRATIONS): boolean {
  const { user_version: done } = connection.rows<{ user_version: number }>("PRAGMA user_version")[0]!;
  if (done > migrations.length) return false;
  for (const [index, migration] of migrations.entries()) {
    if (index < done) continue;
    connection.script(`BEGIN IMMEDIATE; ${migration}; PRAGMA user_version = ${index + 1}; COMMIT`);
  }
  return true;
}
