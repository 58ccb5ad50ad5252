// Job records in DynamoDB: one item per record, one conditional write per transition.
import { randomUUID } from "node:crypto";
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  paginateScan,
  QueryCommand,
  type QueryCommandInput,
} from "@aws-sdk/client-dynamodb";
import { isTerminal, type JobRecord } from "../jobs/job.ts";
import type { JobPage, JobStore, WebhookLimits } from "../ports.ts";
import {
  type Item,
  indexState,
  ownerStateKey,
  parseRecord,
  recordKey,
  toAge,
  toItem,
  type WakeKind,
  wakePartitionKey,
} from "./item.ts";
import { pollRecord } from "./poll-record.ts";
import { merged, rows, wantedRecords } from "./rows.ts";
import { type IndexDefinition, TABLE, WAKE_PARTITIONS } from "./table.ts";

type AwsJobStoreOptions = {
  readonly table: string;
  /** Milliseconds for which a record is kept after its job's end. */
  readonly retentionMs: number;
};

/** Maximum rows per query page: the rows that are looked for come first. */
const PAGE = 100;
/** Rows that a search for due webhooks reads for each one it may return, if one owner has a long backlog. */
const SCANNED_PER_WEBHOOK = 20;

const { byOwner, byState, byWake } = TABLE.indexes;

type Table = AwsJobStoreOptions & { readonly client: DynamoDBClient };

export function awsJobStore(client: DynamoDBClient, options: AwsJobStoreOptions): JobStore {
  const table: Table = { client, ...options };
  return {
    create: (record) => put(table, record, { ConditionExpression: "attribute_not_exists(pk)" }),
    get: (id, owner) => (owner === undefined ? get(table, id, "CONSISTENT") : getOwned(table, id, owner)),
    replace: (previous, next) =>
      put(table, next, {
        ConditionExpression: "version = :version",
        ExpressionAttributeValues: { ":version": { N: String(previous.version) } },
      }),
    list: (owner, page) => list(table, owner, page),
    picturesInFlight: (owner) => picturesInFlight(table, owner),
    due: (now, limit) => due(table, now, limit),
    dueWebhooks: (now, limits) => dueWebhooks(table, now, limits),
    listen: (id, wake) => pollRecord(() => get(table, id, "EVENTUAL"), wake),
    forget: (before, limit) => forget(table, before, limit),
  };
}

/**
 * Returns whether the record was written, also if the response was lost and the SDK's retry then failed on the item that
 * the first try had written.
 */
async function put(
  { client, table, retentionMs }: Table,
  record: JobRecord,
  condition: Partial<PutItemCommandInput>,
): Promise<boolean> {
  const write = randomUUID();
  const Item = toItem(record, write, retentionMs);
  const ReturnValuesOnConditionCheckFailure = "ALL_OLD";
  try {
    const input = { TableName: table, Item, ReturnValuesOnConditionCheckFailure, ...condition } as const;
    await client.send(new PutItemCommand(input));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return error.Item?.write?.S === write;
    throw error;
  }
}

async function get(
  { client, table }: Table,
  id: string,
  read: "CONSISTENT" | "EVENTUAL",
): Promise<JobRecord | undefined> {
  const input = { TableName: table, Key: recordKey(id), ConsistentRead: read === "CONSISTENT" };
  const { Item } = await client.send(new GetItemCommand(input));
  return Item && parseRecord(Item);
}

/** A query, because it can filter by owner: another owner's record is not even sent, so it takes no longer than none. */
async function getOwned({ client, table }: Table, id: string, owner: string): Promise<JobRecord | undefined> {
  const { pk, sk } = recordKey(id);
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: "pk = :pk AND sk = :sk",
      FilterExpression: "#owner = :owner",
      ExpressionAttributeNames: { "#owner": byOwner.partition.name },
      ExpressionAttributeValues: { ":pk": pk!, ":sk": sk!, ":owner": { S: owner } },
    }),
  );
  return Items[0] && parseRecord(Items[0]);
}

async function list(
  { client, table }: Table,
  owner: string,
  { first, after, status }: JobPage,
): Promise<readonly JobRecord[]> {
  const range: KeyRange | undefined = after && { comparison: "<", value: { S: toAge(after) } };
  const partitions = status && [...new Set(status.map(indexState))].map((state) => ownerStateKey(owner, state));
  const queries = partitions
    ? partitions.map((partition) => indexQuery(table, byState, partition, first, range))
    : [indexQuery(table, byOwner, owner, first, range)];
  const newestFirst = queries.map((query) => rows(client, { ...query, ScanIndexForward: false }));
  const found = merged(newestFirst, (a, b) => (a.age!.S! < b.age!.S! ? 1 : -1));
  return wantedRecords(client, table, found, first, (job) => status?.includes(job.status) ?? true);
}

async function picturesInFlight({ client, table }: Table, owner: string): Promise<number> {
  let sum = 0;
  const partition = ownerStateKey(owner, indexState("QUEUED"));
  const active = indexQuery(table, byState, partition, Number.POSITIVE_INFINITY);
  for await (const row of rows(client, active)) sum += Number(row.pictures!.N);
  return sum;
}

async function due(table: Table, now: number, limit: number): Promise<readonly JobRecord[]> {
  const found = wakeRows(table, "WAKE", now, limit);
  return wantedRecords(table.client, table.table, found, limit, (job) => isDue(job, now) && !isTerminal(job));
}

async function dueWebhooks(
  table: Table,
  now: number,
  { total, perOwner }: WebhookLimits,
): Promise<readonly JobRecord[]> {
  const found = limitedPerOwner(wakeRows(table, "WEBHOOK", now, total), perOwner, total * SCANNED_PER_WEBHOOK);
  return wantedRecords(table.client, table.table, found, total, (job) => isDue(job, now) && isTerminal(job));
}

const isDue = ({ wakeAt }: JobRecord, now: number): boolean => wakeAt !== undefined && wakeAt <= now;

function wakeRows({ client, table }: Table, kind: WakeKind, now: number, limit: number) {
  const range: KeyRange = { comparison: "<=", value: { N: String(now) } };
  const partitions = Array.from({ length: WAKE_PARTITIONS }, (_, partition) => wakePartitionKey(kind, partition));
  const sources = partitions.map((partition) => rows(client, indexQuery(table, byWake, partition, limit, range)));
  return merged(sources, (a, b) => Number(a.wakeAt!.N) - Number(b.wakeAt!.N));
}

/** The first `perOwner` rows of each owner. Reads at most `scanned` rows. */
async function* limitedPerOwner(
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

/** Scans the whole table. In a deployment the rows expire by their own attribute, so nothing calls this there. */
async function forget({ client, table }: Table, before: number, limit: number): Promise<number> {
  let deleted = 0;
  const scan = {
    TableName: table,
    FilterExpression: "endedAt < :before",
    ExpressionAttributeValues: { ":before": { N: String(before) } },
    ProjectionExpression: "pk, sk",
  };
  for await (const { Items = [] } of paginateScan({ client }, scan)) {
    for (const { pk, sk } of Items) {
      if (deleted >= limit) return deleted;
      const input = { TableName: table, Key: { pk: pk!, sk: sk! }, ReturnValues: "ALL_OLD" } as const;
      const { Attributes } = await client.send(new DeleteItemCommand(input));
      if (Attributes) deleted++;
    }
  }
  return deleted;
}

type KeyRange = { readonly comparison: "<" | "<="; readonly value: Item[string] };

/** Queries a partition of an index, optionally restricted to a range of sort keys. */
function indexQuery(
  table: string,
  index: IndexDefinition,
  partition: string,
  limit: number,
  range?: KeyRange,
): QueryCommandInput {
  return {
    TableName: table,
    IndexName: index.name,
    KeyConditionExpression: `#p = :p${range ? ` AND #s ${range.comparison} :s` : ""}`,
    ExpressionAttributeNames: { "#p": index.partition.name, ...(range && { "#s": index.sort.name }) },
    ExpressionAttributeValues: { ":p": { S: partition }, ...(range && { ":s": range.value }) },
    Limit: Math.min(limit, PAGE),
  };
}
