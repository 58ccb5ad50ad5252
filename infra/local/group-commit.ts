// Group commit. Syncing to disk takes milliseconds and the write itself almost nothing, so all writes of one turn of the
// event loop share a transaction. Writes that arrive during the sync wait for the next one.
import type { Connection } from "./connection.ts";

export type GroupCommit = {
  /**
   * Runs `work` in the next transaction and resolves to its result once the transaction is on disk. If `work` throws, only
   * its own changes are rolled back.
   */
  write<T>(work: () => T): Promise<T>;
  /** Number of transactions so far. */
  readonly count: number;
  /** Commits waiting writes and rejects later ones. */
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
        // After this turn's I/O, so that all requests that have just arrived are in the transaction.
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

/** Returns the functions that settle each write's promise. */
function transact(connection: Connection, batch: readonly Write[]): readonly (() => void)[] {
  try {
    connection.run("BEGIN IMMEDIATE");
    const settles = batch.map((write) => runInSavepoint(connection, write));
    connection.run("COMMIT");
    return settles;
  } catch (error) {
    if (connection.inTransaction) connection.run("ROLLBACK");
    return batch.map((write) => () => write.reject(error));
  }
}

function runInSavepoint(connection: Connection, { work, resolve, reject }: Write): () => void {
  connection.run("SAVEPOINT one");
  try {
    const value = work();
    connection.run("RELEASE one");
    return () => resolve(value as never);
  } catch (error) {
    // The disk is full or failed: SQLite has already rolled back the whole transaction.
    if (!connection.inTransaction) throw error;
    connection.run("ROLLBACK TO one");
    connection.run("RELEASE one");
    return () => reject(error);
  }
}
