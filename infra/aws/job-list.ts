// Pages of an owner's jobs, from the indexes by age.
import { isStarred, type JobRecord } from "../jobs/job.ts";
import type { JobPage } from "../ports.ts";
import { type Item, items, type Query } from "./clients/dynamo-calls.ts";
import { indexQuery } from "./index-queries.ts";
import { indexState, ownerStateKey, toAge } from "./item.ts";
import { merged, type RecordSource, wantedRecords } from "./rows.ts";
import { TABLE } from "./table.ts";

const { byOwner, byState } = TABLE.indexes;

/** Sort keys before and after every age. */
const OLDEST = "0";
const NEWEST = "~";

/** A range of sort keys contains its limits, which a page does not. */
const CURSORS = 2;

export async function listJobs(source: RecordSource, owner: string, page: JobPage): Promise<readonly JobRecord[]> {
  const { client, table } = source;
  const { first, after, before, fromEnd = false, status, starred } = page;
  const partitions = status && [...new Set(status.map(indexState))].map((state) => ownerStateKey(owner, state));
  const queries = partitions
    ? partitions.map((partition) => indexQuery(table, byState, partition, first + CURSORS))
    : [indexQuery(table, byOwner, owner, first + CURSORS)];
  const direction = fromEnd ? -1 : 1;
  const sources = queries.map((query) =>
    items(client, "Query", { ...between(query, page), ScanIndexForward: fromEnd }),
  );
  const sorted = merged(sources, (a, b) => (a.age!.S! < b.age!.S! ? direction : -direction));
  const found = without(sorted, [after && toAge(after), before && toAge(before)]);
  // Indexes lag behind.
  const wanted = (job: JobRecord) =>
    (status?.includes(job.status) ?? true) && (starred === undefined || isStarred(job) === starred);
  const records = await wantedRecords(source, found, first, wanted);
  return fromEnd ? records.reverse() : records;
}

async function* without(found: AsyncGenerator<Item, void, undefined>, ages: readonly (string | undefined)[]) {
  for await (const row of found) if (!ages.includes(row.age!.S!)) yield row;
}

/** Restricts a query of an index by age to a page's range and filters. */
function between(query: Query, { after, before, kind, starred }: JobPage): Query {
  const kinds = kind?.map((name, i) => [`:kind${i}`, { S: name }] as const) ?? [];
  const filters = [
    ...(kind ? [`kind IN (${kinds.map(([name]) => name).join(", ")})`] : []),
    ...(starred === undefined ? [] : ["starred = :starred"]),
  ];
  return {
    ...query,
    KeyConditionExpression: `${query.KeyConditionExpression} AND #age BETWEEN :oldest AND :newest`,
    ExpressionAttributeNames: { ...query.ExpressionAttributeNames, "#age": byOwner.sort.name },
    ExpressionAttributeValues: {
      ...query.ExpressionAttributeValues,
      ":oldest": { S: before ? toAge(before) : OLDEST },
      ":newest": { S: after ? toAge(after) : NEWEST },
      ...Object.fromEntries(kinds),
      ...(starred !== undefined && { ":starred": { BOOL: starred } }),
    },
    // A filtered page may be empty, so it reads as many rows as a page can hold: 1 MB, thousands of rows.
    ...(filters.length > 0 && { FilterExpression: filters.join(" AND "), Limit: undefined }),
  };
}
