// Group commit. What costs is not the write but the disk's word that it is safe (some milliseconds), so all that is
// written in one turn of the event loop shares one transaction. What comes in while the disk works is the next turn's.
import type { Connection } from "./connection.ts";

export type GroupCommit = {
  /**
   * Runs `work` in the next transaction; resolves to what it returned once that is on disk. When `work` throws, its own
   * changes are undone and nobody else's.
   */
  write<T>(work: () => T): Promise<T>;
  /** Transactions so far. */
  readonly count: number;
  /** Commits what waits, and refuses what comes later. */
  close(): void;
};

type Write = {
  readonly work: () => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
};

export function groupCommit(connection: Connection): GroupCommit {
  let waiting: Write[] = [];
  let count = 0;
  let closed = false;

  const commit = () => {
    if (waiting.length === 0) return;
    const batch = waiting;
    waiting = [];
    count++;
    for (const settle of transact(connection, batch)) settle();
  };

  return {
    write: <T>(work: () => T) =>
      new Promise<T>((resolve, reject) => {
        if (closed) return reject(new Error("The database is closed"));
        // After the input and output of this turn, so that every request that has just come in is in it.
        if (waiting.length === 0) setImmediate(commit);
        waiting.push({ work, resolve, reject });
      }),
    get count() {
      return count;
    },
    close: () => {
      commit();
      closed = true;
    },
  };
}

/** What to tell each writer, now that it is true. */
function transact(connection: Connection, batch: readonly Write[]): readonly (() => void)[] {
  try {
    connection.run("BEGIN IMMEDIATE");
    const settles = batch.map((write) => attempt(connection, write));
    connection.run("COMMIT");
    return settles;
  } catch (error) {
    if (connection.inTransaction) connection.run("ROLLBACK");
    return batch.map((write) => () => write.reject(error));
  }
}

function attempt(connection: Connection, { work, resolve, reject }: Write): () => void {
  connection.run("SAVEPOINT one");
  try {
    const value = work();
    connection.run("RELEASE one");
    return () => resolve(value as never);
  } catch (error) {
    // A full or broken disk: SQLite has undone the whole transaction already.
    if (!connection.inTransaction) throw error;
    connection.run("ROLLBACK TO one");
    connection.run("RELEASE one");
    return () => reject(error);
  }
}
