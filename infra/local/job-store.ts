import { isStarred, isTerminal, type JobRecord } from "../jobs/job.ts";
import { checkRecord } from "../limits.ts";
import type { JobStore } from "../ports.ts";
import { Listeners } from "../util/listeners.ts";
import { createLruCache } from "../util/lru-cache.ts";
import { toText, type Value } from "./connection.ts";
import type { Database } from "./database.ts";

const COLUMNS = [
  "version",
  "owner",
  "status",
  "kind",
  "starred",
  "created_at",
  "ended_at",
  "wake_at",
  "pictures_in_flight",
  "record",
];

const CREATE = `INSERT INTO jobs (${COLUMNS.join(", ")}, id) VALUES (${COLUMNS.map(() => "?").join(", ")}, ?)
  ON CONFLICT (id) DO NOTHING`;
const REPLACE = `UPDATE jobs SET ${COLUMNS.map((column) => `${column} = ?`).join(", ")} WHERE id = ? AND version = ?`;
const SELECT = `SELECT jobs.rowid, version, CAST(id AS BLOB) AS id, CAST(owner AS BLOB) AS owner,
  CAST(record AS BLOB) AS record FROM jobs`;
const GET = `${SELECT} WHERE id = ? AND (? IS NULL OR owner = ?)`;
const list = (order: "ASC" | "DESC") => `${SELECT}
  WHERE owner = ? AND (created_at, id) < (?, ?) AND (created_at, id) > (?, ?)
    AND (? IS NULL OR status IN (SELECT value FROM json_each(?)))
    AND (? IS NULL OR kind IN (SELECT value FROM json_each(?)))
    AND (? IS NULL OR starred = ?)
  ORDER BY created_at ${order}, id ${order} LIMIT ?`;
const IN_FLIGHT =
  "SELECT coalesce(sum(pictures_in_flight), 0) AS sum FROM jobs WHERE owner = ? AND pictures_in_flight > 0";
const DUE = `${SELECT} WHERE ended_at IS NULL AND wake_at <= ? ORDER BY wake_at, id LIMIT ?`;
/** `turn` counts an owner's due webhooks. The index holds everything that the inner query reads. */
const DUE_WEBHOOKS = `${SELECT} JOIN (
    SELECT id AS due, wake_at AS since, row_number() OVER (PARTITION BY owner ORDER BY wake_at, id) AS turn
    FROM jobs WHERE ended_at IS NOT NULL AND wake_at <= ?) ON id = due
  WHERE turn <= ? ORDER BY turn, since LIMIT ?`;
const FORGET = "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE ended_at < ? ORDER BY ended_at LIMIT ?)";

const SET_ASIDE = `INSERT INTO damaged_jobs SELECT id, owner, record, ? FROM jobs WHERE rowid = ?`;
const REMOVE_ROW = "DELETE FROM jobs WHERE rowid = ?";
const REMOVE = "DELETE FROM jobs WHERE id = ? AND version = ?";

/** Capacity of the cache of parsed records, in bytes of their JSON. */
const CACHE_BYTES = 4_000_000;

/** Cursors before and after all records. */
const NEWEST = { createdAt: Number.MAX_SAFE_INTEGER, id: "" };
const OLDEST = { createdAt: -1, id: "" };

type StoredRow = { readonly rowid: number; readonly version: number } & Readonly<
  Record<"id" | "owner" | "record", ArrayBuffer>
>;

/** `record` is undefined, and `error` says why, if the row is damaged. */
type Row = { readonly rowid: number; readonly id: string; readonly bytes: number } & (
  | { readonly record: JobRecord; readonly error?: undefined }
  | { readonly record?: undefined; readonly error: unknown }
);

/**
 * Job records as JSON, one row each. All writes happen in this process, so listeners miss none. A record that cannot be
 * read is moved to another table and passed to `report`, so that it stops no query for the others.
 */
export function localJobStore(
  database: Database,
  report: (action: string, error: unknown) => void = () => {},
): JobStore {
  const jobListeners = new Listeners<JobRecord | undefined>();
  const ownerListeners = new Listeners<JobRecord | undefined>();
  const cache = createLruCache<JobRecord>(CACHE_BYTES);
  /** Returns false if the rows could not be moved. */
  const setAside = async (damaged: readonly Row[]): Promise<boolean> => {
    for (const { id, error } of damaged) report(`reading job ${id}, which is set aside,`, error);
    const move = database.write(() => {
      for (const { rowid } of damaged) {
        database.run(SET_ASIDE, Date.now(), rowid);
        database.run(REMOVE_ROW, rowid);
      }
    });
    return move.then(
      () => true,
      (error) => {
        report("setting jobs aside", error);
        return false;
      },
    );
  };

  const selectRows = async (sql: string, ...values: readonly Value[]): Promise<Row[]> => {
    for (;;) {
      const rows = database.rows<StoredRow>(sql, ...values).map(parseRow);
      const damaged = rows.filter(({ record }) => record === undefined);
      // Once they are moved, others take their places in the result.
      if (damaged.length === 0 || !(await setAside(damaged))) return rows;
    }
  };

  const select = async (sql: string, ...values: readonly Value[]): Promise<JobRecord[]> => {
    return (await selectRows(sql, ...values)).flatMap(({ record }) => record ?? []);
  };

  const read = async (id: string, owner: string | null): Promise<JobRecord | undefined> => {
    const [row] = await selectRows(GET, id, owner, owner);
    // Writes are committed in later turns of the event loop, so the record is still the newest.
    return row?.record && cache.set(id, row.record, row.bytes);
  };

  /** `record` is undefined for a deleted one. */
  const notify = ({ id, owner }: JobRecord, record: JobRecord | undefined) => {
    jobListeners.notify(id, record);
    ownerListeners.notify(owner, record);
  };

  /** Returns whether the statement changed a row. */
  const write = async (record: JobRecord, sql: string, ...where: readonly Value[]): Promise<boolean> => {
    const values = toRow(record);
    const written = await database.write(() => {
      cache.delete(record.id);
      return database.run(sql, ...values, ...where) === 1;
    });
    if (written) notify(record, record);
    return written;
  };

  return {
    create: (record) => write(record, CREATE, record.id),
    get: async (id, owner) => {
      const cached = cache.get(id);
      return cached && (owner ?? cached.owner) === cached.owner ? cached : read(id, owner ?? null);
    },
    replace: (previous, next) => write(next, REPLACE, previous.id, previous.version),
    remove: async (record) => {
      const removed = await database.write(() => {
        cache.delete(record.id);
        return database.run(REMOVE, record.id, record.version) === 1;
      });
      if (removed) notify(record, undefined);
      return removed;
    },
    list: async (owner, { first, after = NEWEST, before = OLDEST, fromEnd = false, status, kind, starred }) => {
      const [statuses, kinds] = [status, kind].map((names) => (names === undefined ? null : JSON.stringify(names)));
      const marked = starred === undefined ? null : Number(starred);
      const range = [after.createdAt, after.id, before.createdAt, before.id];
      const filters = [statuses!, statuses!, kinds!, kinds!, marked, marked];
      const found = await select(list(fromEnd ? "ASC" : "DESC"), owner, ...range, ...filters, first);
      return fromEnd ? found.reverse() : found;
    },
    picturesInFlight: async (owner) => database.rows<{ sum: number }>(IN_FLIGHT, owner)[0]!.sum,
    due: async (now, limit) => select(DUE, now, limit),
    dueWebhooks: async (now, { total, perOwner }) => select(DUE_WEBHOOKS, now, perOwner, total),
    listen: (id, wake) => jobListeners.listen(id, wake),
    listenOwner: (owner, wake) => ownerListeners.listen(owner, wake),
    forget: (before, limit) =>
      database.write(() => {
        cache.clear();
        return database.run(FORGET, before, limit);
      }),
  };
}

/** Values in the order of COLUMNS. */
function toRow(record: JobRecord): Value[] {
  const { version, owner, status, request, createdAt, endedAt, wakeAt, pictures } = record;
  const json = JSON.stringify(record);
  checkRecord(json);
  return [
    version,
    owner,
    status,
    request.kind,
    Number(isStarred(record)),
    createdAt,
    endedAt ?? null,
    wakeAt ?? null,
    isTerminal(record) ? 0 : pictures,
    json,
  ];
}

function parseRow({ rowid, version, ...row }: StoredRow): Row {
  const about = { rowid, id: Buffer.from(row.id).toString(), bytes: row.record.byteLength };
  try {
    const record: JobRecord = JSON.parse(toText(row.record));
    const agrees = record.id === about.id && record.owner === toText(row.owner) && record.version === version;
    if (!agrees) throw new Error("The record disagrees with its row");
    return { ...about, record };
  } catch (error) {
    return { ...about, error };
  }
}
