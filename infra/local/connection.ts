// The only import of the SQLite driver. libsql, because npm has its binaries and it runs on Node 20. From Node 22 on,
// better-sqlite3 or node:sqlite could implement the same functions.
import Libsql from "libsql";

export type Value = string | number | null;

/** Synchronous, because a statement without disk access takes microseconds, much less than a message to a thread. */
export type Connection = {
  rows<Row>(sql: string, ...values: readonly Value[]): Row[];
  /** Returns the number of changed rows. */
  run(sql: string, ...values: readonly Value[]): number;
  /** Runs any number of statements without parameters. */
  script(sql: string): void;
  readonly inTransaction: boolean;
  close(): void;
};

export function connect(file: string): Connection {
  const database = new Libsql(file, { timeout: 0 });
  // Each statement is prepared once: the driver frees statements only by garbage collection, which ignores their size.
  const prepared = new Map<string, Libsql.Statement>();
  const prepare = (sql: string): Libsql.Statement => {
    const statement = prepared.get(sql) ?? database.prepare(sql);
    prepared.set(sql, statement);
    return statement;
  };
  return {
    rows: <Row>(sql: string, ...values: readonly Value[]) => prepare(sql).all([...values]) as Row[],
    run: (sql, ...values) => prepare(sql).run([...values]).changes,
    script: (sql) => void database.exec(sql),
    get inTransaction() {
      return database.inTransaction;
    },
    close: () => void database.close(),
  };
}
