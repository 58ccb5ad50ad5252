// Queries of the table's indexes.
import { type AttributeValue, type Dynamo, type Item, items, type Query } from "./clients/dynamo-calls.ts";
import { type WakeKind, wakePartitionKey } from "./item.ts";
import { merged } from "./rows.ts";
import { type IndexDefinition, TABLE, WAKE_PARTITIONS } from "./table.ts";

/** Maximum rows per query page: the rows that are looked for come first. */
const PAGE = 100;

const { byWake } = TABLE.indexes;

/** Queries a partition of an index, optionally up to a sort key. */
export function indexQuery(
  table: string,
  index: IndexDefinition,
  partition: string,
  limit: number,
  last?: AttributeValue,
): Query {
  return {
    TableName: table,
    IndexName: index.name,
    KeyConditionExpression: `#p = :p${last ? " AND #s <= :s" : ""}`,
    ExpressionAttributeNames: { "#p": index.partition.name, ...(last && { "#s": index.sort.name }) },
    ExpressionAttributeValues: { ":p": { S: partition }, ...(last && { ":s": last }) },
    Limit: Math.min(limit, PAGE),
  };
}

type Wake = { readonly kind: WakeKind; readonly now: number; readonly limit: number };

/** Rows whose wake time is over, the longest overdue first. `limit` is the number that the caller expects to read. */
export function wakeRows(client: Dynamo, table: string, { kind, now, limit }: Wake) {
  const last = { N: String(now) };
  const partitions = Array.from({ length: WAKE_PARTITIONS }, (_, partition) => wakePartitionKey(kind, partition));
  const sources = partitions.map((partition) =>
    items(client, "Query", indexQuery(table, byWake, partition, limit, last)),
  );
  return merged(sources, (a, b) => Number(a.wakeAt!.N) - Number(b.wakeAt!.N));
}

/** The first `perOwner` rows of each owner. Reads at most `scanned` rows. */
export async function* limitedPerOwner(
  found: AsyncGenerator<Item, void, undefined>,
  perOwner: number,
  scanned: number,
): AsyncGenerator<Item, void, undefined> {
  const counts = new Map<string, number>();
  let read = 0;
  for await (const row of found) {
    const owner = row.owner!.S!;
    const count = (counts.get(owner) ?? 0) + 1;
    counts.set(owner, count);
    if (count <= perOwner) yield row;
    if (++read >= scanned) return;
  }
}
