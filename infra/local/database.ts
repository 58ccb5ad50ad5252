// The data folder's database: one file, one connection, one process. A write that was answered survives the process and
// the power (WAL, synchronous=FULL).
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Connection, connect } from "./connection.ts";
import { type GroupCommit, groupCommit } from "./group-commit.ts";
import { migrate } from "./tables.ts";

/** `run` belongs into what is given to `write`; `rows` elsewhere sees what is committed. */
export type Database = Pick<Connection, "rows" | "run"> & GroupCommit;

/** IN_USE: by another process, or once more by this one. TOO_NEW: a later release has written it. */
export class DataFolderError extends Error {
  readonly code: "IN_USE" | "TOO_NEW";
  readonly folder: string;
  /** Who uses it, where that is known. */
  readonly pid: number | undefined;

  constructor(
    code: "IN_USE" | "TOO_NEW",
    folder: string,
    message: string,
    details: ErrorOptions & { pid?: number } = {},
  ) {
    super(message, details);
    this.name = "DataFolderError";
    this.code = code;
    this.folder = folder;
    this.pid = details.pid;
  }
}

/** Makes the folder if there is none. Throws DataFolderError. */
export function openDatabase(folder: string): Database {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const holder = join(folder, "unclip.pid");
  const connection = connect(join(folder, "unclip.db"));
  lock(connection, folder, holder);
  const release = () => {
    rmSync(holder, { force: true });
    unlock(connection);
    connection.close();
  };
  if (!migrate(connection)) {
    release();
    throw new DataFolderError("TOO_NEW", folder, `${folder} was written by a later release of unclip`);
  }
  const commits = groupCommit(connection);
  return {
    rows: connection.rows,
    run: connection.run,
    write: commits.write,
    get count() {
      return commits.count;
    },
    close: () => {
      commits.close();
      release();
    },
  };
}

/**
 * The lock is SQLite's own, which the operating system drops with the process, however it ends; the pid beside it is only
 * for the message. One owner also keeps clear of SQLite's WAL-reset bug (before 3.51.3), which takes two connections.
 */
function lock(connection: Connection, folder: string, holder: string): void {
  try {
    connection.script("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    connection.script("BEGIN IMMEDIATE; COMMIT");
  } catch (cause) {
    connection.close();
    if ((cause as { code?: string }).code !== "SQLITE_BUSY") throw cause;
    const pid = readPid(holder);
    const whose = pid === undefined ? "another process" : `process ${pid}`;
    throw new DataFolderError("IN_USE", folder, `${folder} is in use by ${whose}`, { cause, ...(pid && { pid }) });
  }
  writeFileSync(holder, `${process.pid}\n`);
}

/** Closing alone would keep the lock until the driver's statements are collected as garbage. Leaving WAL drops it. */
function unlock(connection: Connection): void {
  connection.script("PRAGMA journal_mode = DELETE; PRAGMA locking_mode = NORMAL");
  connection.rows("SELECT count(*) FROM sqlite_schema");
}

function readPid(holder: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(holder, "utf8"), 10) || undefined;
  } catch {
    return undefined;
  }
}
