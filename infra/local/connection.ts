// The only import of the SQLite driver. libsql, because npm has its binaries and it runs on Node 20. From Node 22 on,
// better-sqlite3 or node:sqlite could implement the same functions.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import Libsql from "libsql";

export type Value = string | number | null;

/** Synchronous, because a statement without disk access takes microseconds, much less than a message to a thread. */
export type Connection = {
  /** Texts must be selected as blobs: CAST(column AS BLOB). The driver aborts the process at a text that is not UTF-8. */
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
    const known = prepared.get(sql);
    if (known) return known;
    const statement = database.prepare(sql);
    const text = statement.columns().find(({ type }) => type === "TEXT");
    if (text) throw new Error(`The column ${text.name} must be selected as a blob: ${sql}`);
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

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The text of a column that was selected as a blob. Throws TypeError if it is not UTF-8. */
export function toText(column: ArrayBuffer): string {
  return utf8.decode(column);
}

const CHECK = `
  const Libsql = require(process.argv[1]);
  try {
    const database = new Libsql(process.argv[2], { timeout: 0 });
    const [{ quick_check: found }] = database.prepare("PRAGMA quick_check(1)").all([]);
    if (found !== "ok") process.stdout.write(found);
  } catch ({ code, message }) {
    if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) process.stdout.write(message);
  }`;

/**
 * Reads every page of a database. Returns what is wrong with it, or undefined. In a process of its own, because the
 * driver aborts the process at some kinds of damage. About 2 ms a megabyte.
 */
export function findDamage(file: string): string | undefined {
  const driver = createRequire(import.meta.url).resolve("libsql");
  const { stdout, signal, status } = spawnSync(process.execPath, ["-e", CHECK, driver, file], { encoding: "utf8" });
  if (stdout !== "") return stdout.split("\n")[0];
  return signal !== null || status !== 0 ? "it cannot be read" : undefined;
}
