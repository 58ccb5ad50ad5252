// Job records in DynamoDB: one item per record, one conditional write per transition.
import { randomUUID } from "node:crypto";
import { isTerminal, type JobRecord } from "../jobs/job.ts";
import type { JobStore, WebhookLimits } from "../ports.ts";
import {
  conditionFailure,
  type Dynamo,
  type Item,
  isConditionFailure,
  items,
  type Put,
} from "./clients/dynamo-calls.ts";
import { indexQuery, limitedPerOwner, wakeRows } from "./index-queries.ts";
import {
  DAMAGED_AT,
  indexState,
  jobIdOf,
  ownerStateKey,
  parseRecord,
  recordKey,
  toDamagedItem,
  toItem,
} from "./item.ts";
import { listJobs } from "./job-list.ts";
import { pollOwner, pollRecord } from "./poll-record.ts";
import { type RecordSource, wantedRecords } from "./rows.ts";
import { TABLE } from "./table.ts";

type AwsJobStoreOptions = {
  readonly table: string;
  /** Milliseconds for which a record is kept after its job's end. */
  readonly retentionMs: number;
  /** Receives each record that cannot be read. It is taken out of all indexes, so that it stops no query for the others. */
  readonly report?: ((action: string, error: unknown) => void) | undefined;
};

const { byOwner, byState } = TABLE.indexes;

/** Rows that a search for due webhooks reads for each one it may return, if one owner has a long backlog. */
const SCANNED_PER_WEBHOOK = 20;

type Table = AwsJobStoreOptions & { readonly client: Dynamo };

export function awsJobStore(client: Dynamo, options: AwsJobStoreOptions): JobStore {
  const table: Table = { client, ...options };
  return {
    create: (record) =>
      put(table, record, { ConditionExpression: `attribute_not_exists(pk) OR attribute_exists(${DAMAGED_AT})` }),
    get: (id, owner) => (owner === undefined ? get(table, id, "CONSISTENT") : getOwned(table, id, owner)),
    replace: (previous, next) =>
      put(table, next, {
        ConditionExpression: "version = :version",
        ExpressionAttributeValues: { ":version": { N: String(previous.version) } },
      }),
    remove: (record) => remove(table, record),
    list: (owner, page) => listJobs(source(table), owner, page),
    picturesInFlight: (owner) => picturesInFlight(table, owner),
    due: (now, limit) => due(table, now, limit),
    dueWebhooks: (now, limits) => dueWebhooks(table, now, limits),
    listen: (id, wake) => pollRecord(() => get(table, id, "EVENTUAL"), wake),
    listenOwner: (_, wake) => pollOwner(wake),
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
  condition: Partial<Put>,
): Promise<boolean> {
  const write = randomUUID();
  const Item = toItem(record, write, retentionMs);
  const ReturnValuesOnConditionCheckFailure = "ALL_OLD";
  try {
    const input = { TableName: table, Item, ReturnValuesOnConditionCheckFailure, ...condition } as const;
    await client.call("PutItem", input);
    return true;
  } catch (error) {
    return conditionFailure(error).item?.write?.S === write;
  }
}

async function get(table: Table, id: string, read: "CONSISTENT" | "EVENTUAL"): Promise<JobRecord | undefined> {
  const input = { TableName: table.table, Key: recordKey(id), ConsistentRead: read === "CONSISTENT" };
  const { Item } = await table.client.call("GetItem", input);
  return Item && readItem(table, Item);
}

/** The item's record; undefined if it is damaged, which is then written down. */
async function readItem({ client, table, retentionMs, report }: Table, item: Item): Promise<JobRecord | undefined> {
  if (DAMAGED_AT in item) return undefined;
  try {
    return parseRecord(item);
  } catch (error) {
    report?.(`reading job ${jobIdOf(item)}, which is set aside,`, error);
  }
  const write = {
    TableName: table,
    Item: toDamagedItem(item, Date.now(), retentionMs),
    ConditionExpression: "#write = :write",
    ExpressionAttributeNames: { "#write": "write" },
    ExpressionAttributeValues: { ":write": item.write! },
  };
  // Another process may have set it aside already. If the write fails, the next read repeats it.
  await client.call("PutItem", write).catch((error) => {
    if (!isConditionFailure(error)) report?.(`setting aside job ${jobIdOf(item)}`, error);
  });
  return undefined;
}

/** A query, because it can filter by owner: another owner's record is not even sent, so it takes no longer than none. */
async function getOwned(table: Table, id: string, owner: string): Promise<JobRecord | undefined> {
  const { pk, sk } = recordKey(id);
  const { Items = [] } = await table.client.call("Query", {
    TableName: table.table,
    ConsistentRead: true,
    KeyConditionExpression: "pk = :pk AND sk = :sk",
    FilterExpression: "#owner = :owner",
    ExpressionAttributeNames: { "#owner": byOwner.partition.name },
    ExpressionAttributeValues: { ":pk": pk!, ":sk": sk!, ":owner": { S: owner } },
  });
  return Items[0] && readItem(table, Items[0]);
}

async function picturesInFlight({ client, table }: Table, owner: string): Promise<number> {
  let sum = 0;
  const partition = ownerStateKey(owner, indexState("QUEUED"));
  const active = indexQuery(table, byState, partition, Number.POSITIVE_INFINITY);
  for await (const row of items(client, "Query", active)) sum += Number(row.pictures!.N);
  return sum;
}

async function due(table: Table, now: number, limit: number): Promise<readonly JobRecord[]> {
  const found = wakeRows(table.client, table.table, { kind: "WAKE", now, limit });
  return wantedRecords(source(table), found, limit, (job) => isDue(job, now) && !isTerminal(job));
}

async function dueWebhooks(
  table: Table,
  now: number,
  { total, perOwner }: WebhookLimits,
): Promise<readonly JobRecord[]> {
  const found = limitedPerOwner(
    wakeRows(table.client, table.table, { kind: "WEBHOOK", now, limit: total }),
    perOwner,
    total * SCANNED_PER_WEBHOOK,
  );
  return wantedRecords(source(table), found, total, (job) => isDue(job, now) && isTerminal(job));
}

const source = (table: Table): RecordSource => ({
  client: table.client,
  table: table.table,
  read: (item) => readItem(table, item),
});

const isDue = ({ wakeAt }: JobRecord, now: number): boolean => wakeAt !== undefined && wakeAt <= now;

/** Scans the whole table. In a deployment the rows expire by their own attribute, so nothing calls this there. */
async function forget({ client, table }: Table, before: number, limit: number): Promise<number> {
  let deleted = 0;
  const scan = {
    TableName: table,
    FilterExpression: "endedAt < :before",
    ExpressionAttributeValues: { ":before": { N: String(before) } },
    ProjectionExpression: "pk, sk",
  };
  for await (const { pk, sk } of items(client, "Scan", scan)) {
    if (deleted >= limit) return deleted;
    const input = { TableName: table, Key: { pk: pk!, sk: sk! }, ReturnValues: "ALL_OLD" } as const;
    const { Attributes } = await client.call("DeleteItem", input);
    if (Attributes) deleted++;
  }
  return deleted;
}

/** Returns false also if the response was lost and the client's retry found nothing: the caller reads the record again. */
async function remove({ client, table }: Table, { id, version }: JobRecord): Promise<boolean> {
  const input = {
    TableName: table,
    Key: recordKey(id),
    ConditionExpression: "version = :version",
    ExpressionAttributeValues: { ":version": { N: String(version) } },
  };
  try {
    await client.call("DeleteItem", input);
    return true;
  } catch (error) {
    conditionFailure(error);
    return false;
  }
}
