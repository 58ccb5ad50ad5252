// Reads rows of indexes in order, page by page, and the records that they name.
import { setTimeout as sleep } from "node:timers/promises";
import type { JobRecord } from "../jobs/job.ts";
import type { Dynamo, Item } from "./clients/dynamo-calls.ts";
import { jobIdOf, recordKey } from "./item.ts";

/** Maximum number of keys of one BatchGetItem call. */
const BATCH = 100;
/** Successive empty responses after which the table counts as overloaded. */
const MAX_EMPTY_BATCHES = 6;

/** Merges sorted sources into one sorted sequence. The first rows of all sources are fetched concurrently. */
export async function* merged<Row>(
  sources: readonly AsyncGenerator<Row, void, undefined>[],
  compare: (a: Row, b: Row) => number,
): AsyncGenerator<Row, void, undefined> {
  const next = async (source: AsyncGenerator<Row, void, undefined>) => {
    const { done, value } = await source.next();
    return done ? [] : [{ source, row: value }];
  };
  let heads = (await Promise.all(sources.map(next))).flat();
  while (heads.length > 0) {
    const first = heads.reduce((least, head) => (compare(head.row, least.row) < 0 ? head : least));
    yield first.row;
    heads = [...heads.filter((head) => head !== first), ...(await next(first.source))];
  }
}

export type RecordSource = {
  readonly client: Dynamo;
  readonly table: string;
  /** The item's record; undefined if it is damaged. */
  readonly read: (item: Item) => Promise<JobRecord | undefined>;
};

/** The first `limit` records that the rows name and that are `wanted`. Indexes lag behind, so each record is read and tested. */
export async function wantedRecords(
  source: RecordSource,
  found: AsyncGenerator<Item, void, undefined>,
  limit: number,
  wanted: (record: JobRecord) => boolean,
): Promise<JobRecord[]> {
  const records: JobRecord[] = [];
  const seen = new Set<string>();
  for (let ended = false; !ended && records.length < limit; ) {
    const ids: string[] = [];
    while (ids.length < Math.min(BATCH, limit - records.length)) {
      const { done, value } = await found.next();
      ended = done === true;
      if (done) break;
      const id = jobIdOf(value);
      if (!seen.has(id)) ids.push(id);
      seen.add(id);
    }
    records.push(...(await readRecords(source, ids)).filter(wanted));
  }
  return records;
}

/** In the order of `ids`, without records that are gone or damaged. */
async function readRecords({ client, table, read }: RecordSource, ids: readonly string[]): Promise<JobRecord[]> {
  const records = new Map<string, JobRecord>();
  let keys: readonly Item[] = ids.map(recordKey);
  for (let emptyBatches = 0; keys.length > 0; ) {
    const input = { RequestItems: { [table]: { Keys: keys, ConsistentRead: true } } };
    const { Responses, UnprocessedKeys } = await client.call("BatchGetItem", input);
    for (const item of Responses?.[table] ?? []) {
      const record = await read(item);
      if (record) records.set(record.id, record);
    }
    // The response exceeded 16 MB or the table is throttled, so the remaining keys are requested again.
    const left = UnprocessedKeys?.[table]?.Keys ?? [];
    emptyBatches = left.length < keys.length ? 0 : emptyBatches + 1;
    if (emptyBatches === MAX_EMPTY_BATCHES)
      throw new Error(`Table ${table} returned none of ${left.length} records in ${MAX_EMPTY_BATCHES} tries`);
    if (emptyBatches > 0) await sleep(25 * 2 ** emptyBatches);
    keys = left;
  }
  return ids.flatMap((id) => records.get(id) ?? []);
}
