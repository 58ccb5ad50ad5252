// Reading the table: rows of indexes in order, page by page, and the records they name.
import { setTimeout as sleep } from "node:timers/promises";
import {
  BatchGetItemCommand,
  type DynamoDBClient,
  QueryCommand,
  type QueryCommandInput,
} from "@aws-sdk/client-dynamodb";
import type { JobRecord } from "../jobs/job.ts";
import { type Item, idOf, keyOf, recordOf } from "./item.ts";

/** Keys that one BatchGetItem takes. */
const BATCH = 100;
/** A table that answers a batch so often with nothing is overloaded. */
const FRUITLESS = 6;

/** All that a query finds; the next page is fetched when it is asked for. */
export async function* rows(client: DynamoDBClient, query: QueryCommandInput): AsyncGenerator<Item, void, undefined> {
  let from: Item | undefined;
  do {
    const page = await client.send(new QueryCommand({ ...query, ExclusiveStartKey: from }));
    yield* page.Items ?? [];
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
}

/** Several sources, each in order, as one in order. The first of each are fetched at the same time. */
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

/** The first so many records that rows name and that are as wanted now; an index is a moment behind, records are not. */
export async function wantedRecords(
  client: DynamoDBClient,
  table: string,
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
      const id = idOf(value);
      if (!seen.has(id)) ids.push(id);
      seen.add(id);
    }
    records.push(...(await readRecords(client, table, ids)).filter(wanted));
  }
  return records;
}

/** In the order of `ids`, without those that are gone. */
async function readRecords(client: DynamoDBClient, table: string, ids: readonly string[]): Promise<JobRecord[]> {
  const records = new Map<string, JobRecord>();
  let keys = ids.map(keyOf);
  for (let fruitless = 0; keys.length > 0; ) {
    const input = { RequestItems: { [table]: { Keys: keys, ConsistentRead: true } } };
    const { Responses, UnprocessedKeys } = await client.send(new BatchGetItemCommand(input));
    for (const item of Responses?.[table] ?? []) records.set(idOf(item), recordOf(item));
    // More than 16 MB, or more than the table gives at the moment: the rest is asked for again.
    const left = UnprocessedKeys?.[table]?.Keys ?? [];
    fruitless = left.length < keys.length ? 0 : fruitless + 1;
    if (fruitless === FRUITLESS)
      throw new Error(`The table ${table} gave none of ${left.length} records, again and again`);
    if (fruitless > 0) await sleep(25 * 2 ** fruitless);
    keys = left;
  }
  return ids.flatMap((id) => records.get(id) ?? []);
}
