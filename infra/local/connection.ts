// The seam to the SQLite driver, the only import of it. libsql because its binaries come from npm and run on Node 20;
// from Node 22 on, better-sqlite3 or node:sqlite fit behind the same few functions.
import Libsql from "libsql";

export type Value = string | number | null;

/** Synchronous: a statement that does not reach the disk takes some microseconds, far less than a thread's answer. */
export type Connection = {
  rows<Row>(sql: string, ...values: readonly Value[]): Row[];
  /** How many rows it changed. */
  run(sql: string, ...values: readonly Value[]): number;
  /** Statements without values, as many as there are. */
  script(sql: string): void;
  readonly inTransaction: boolean;
  close(): void;
};

export function connect(file: string): Connection {
  const database = new Libsql(file, { timeout: 0 });
  // Each statement is prepared once: the driver frees them only with the garbage, which does not know how large they are.
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
