// The data folder's database: one file, one connection, one process. An acknowledged write survives a crash of the
// process and a power failure (WAL, synchronous=FULL).
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Connection, connect, findDamage } from "./connection.ts";
import { createDataFolder, DataFolderError, withFolderErrors } from "./data-folder.ts";
import { type GroupCommit, groupCommit } from "./group-commit.ts";
import { migrate } from "./tables.ts";

/** Call `run` only inside `write`. `rows` outside of it reads committed data. */
export type Database = Pick<Connection, "rows" | "run"> &
  GroupCommit & {
    /**
     * Writes everything committed to the file, and leaves the file unchanged until the returned function is called: later
     * commits go to the write-ahead log. Another process may copy the file meanwhile.
     */
    freezeFile(): () => void;
  };

const FILE = "unclip.db";
/** SQLite's default. */
const CHECKPOINT_PAGES = 1_000;

/** Time since the folder's database was last written; 0 if there is none. */
export function idleTime(folder: string, now: number): number {
  const times = [FILE, `${FILE}-wal`].flatMap((name) => statSync(join(folder, name), { throwIfNoEntry: false }) ?? []);
  return times.length === 0 ? 0 : now - Math.max(...times.map(({ mtimeMs }) => mtimeMs));
}

/** Creates the folder if it does not exist, and checks a database that exists. Throws DataFolderError. */
export function openDatabase(folder: string): Database {
  createDataFolder(folder);
  const file = join(folder, FILE);
  const damage = existsSync(file) ? findDamage(file) : undefined;
  if (damage !== undefined) {
    const advice = "Restore a backup (docs/guide/backup.md), or move the file away to begin without jobs.";
    throw new DataFolderError("DAMAGED", folder, `${file} is damaged (${damage}). ${advice}`);
  }
  const pidFile = join(folder, "unclip.pid");
  const connection = withFolderErrors(folder, () => connect(file));
  withFolderErrors(folder, () => lock(connection, folder, pidFile));
  const release = () => {
    rmSync(pidFile, { force: true });
    unlock(connection);
    connection.close();
  };
  if (!migrate(connection)) {
    release();
    throw new DataFolderError("TOO_NEW", folder, `${folder} was written by a later release of unclip`);
  }
  const commits = groupCommit(connection);
  let freezes = 0;
  return {
    rows: connection.rows,
    run: connection.run,
    write: commits.write,
    get count() {
      return commits.count;
    },
    freezeFile: () => {
      connection.script("PRAGMA wal_autocheckpoint = 0; PRAGMA wal_checkpoint(TRUNCATE)");
      freezes++;
      let frozen = true;
      return () => {
        if (frozen && --freezes === 0) connection.script(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
        frozen = false;
      };
    },
    close: () => {
      commits.close();
      release();
    },
  };
}

/**
 * Uses SQLite's own lock, which the operating system releases when the process ends for any reason. The pid file is only
 * for the error message. A single connection also avoids SQLite's WAL-reset bug (before 3.51.3), which needs two.
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

/** Leaving WAL mode releases the lock. Closing alone keeps it until the driver's statements are garbage-collected. */
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
