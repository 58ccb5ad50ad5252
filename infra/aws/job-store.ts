// Records in DynamoDB: one item each, one conditional write a move.
import { randomUUID } from "node:crypto";
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  paginateScan,
  type QueryCommandInput,
} from "@aws-sdk/client-dynamodb";
import type { JobRecord } from "../jobs/job.ts";
import type { JobStore } from "../ports.ts";
import { ageOf, type Item, itemOf, keyOf, ownerState, recordOf, stateOf, wakePartition } from "./item.ts";
import { pollRecord } from "./poll-record.ts";
import { merged, rows, wantedRecords } from "./rows.ts";
import { type IndexDefinition, TABLE, WAKE_PARTITIONS } from "./table.ts";

export type AwsJobStoreOptions = {
  readonly table: string;
  /** How long a record is kept after its job's end, in milliseconds. */
  readonly keptMs: number;
};

/** Rows that one query fetches at most: what is searched for lies at its beginning. */
const PAGE = 100;

export function awsJobStore(client: DynamoDBClient, { table, keptMs }: AwsJobStoreOptions): JobStore {
  const { byOwner, byState, byWake } = TABLE.indexes;

  /** Whether it was written, also when the answer was lost and the SDK's second try met the first one's item. */
  const put = async (record: JobRecord, condition: Partial<PutItemCommandInput>): Promise<boolean> => {
    const write = randomUUID();
    const Item = itemOf(record, write, keptMs);
    const ReturnValuesOnConditionCheckFailure = "ALL_OLD";
    try {
      await client.send(
        new PutItemCommand({ TableName: table, Item, ReturnValuesOnConditionCheckFailure, ...condition }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return error.Item?.write?.S === write;
      throw error;
    }
  };

  const get = async (id: string, consistent: boolean): Promise<JobRecord | undefined> => {
    const found = await client.send(
      new GetItemCommand({ TableName: table, Key: keyOf(id), ConsistentRead: consistent }),
    );
    return found.Item && recordOf(found.Item);
  };

  /** An index's partition, and of it what lies up to `to`. */
  const find = (
    index: IndexDefinition,
    partition: string,
    limit: number,
    to?: { what: string; value: Item[string] },
  ) => {
    const query: QueryCommandInput = {
      TableName: table,
      IndexName: index.name,
      KeyConditionExpression: `#p = :p${to ? ` AND #s ${to.what} :s` : ""}`,
      ExpressionAttributeNames: { "#p": index.partition.name, ...(to && { "#s": index.sort.name }) },
      ExpressionAttributeValues: { ":p": { S: partition }, ...(to && { ":s": to.value }) },
      Limit: Math.min(limit, PAGE),
    };
    return query;
  };

  return {
    create: (record) => put(record, { ConditionExpression: "attribute_not_exists(pk)" }),
    get: (id) => get(id, true),
    replace: (previous, next) =>
      put(next, {
        ConditionExpression: "version = :version",
        ExpressionAttributeValues: { ":version": { N: String(previous.version) } },
      }),
    list: async (owner, { first, after, status }) => {
      const to = after && { what: "<", value: { S: ageOf(after) } };
      const partitions = status && [...new Set(status.map(stateOf))].map((state) => ownerState(owner, state));
      const queries = partitions
        ? partitions.map((partition) => find(byState, partition, first, to))
        : [find(byOwner, owner, first, to)];
      const newestFirst = queries.map((query) => rows(client, { ...query, ScanIndexForward: false }));
      const found = merged(newestFirst, (a, b) => (a.age!.S! < b.age!.S! ? 1 : -1));
      return wantedRecords(client, table, found, first, (job) => status?.includes(job.status) ?? true);
    },
    picturesInFlight: async (owner) => {
      let sum = 0;
      const active = find(byState, ownerState(owner, stateOf("QUEUED")), Number.POSITIVE_INFINITY);
      for await (const row of rows(client, active)) sum += Number(row.pictures!.N);
      return sum;
    },
    due: async (now, limit) => {
      const to = { what: "<=", value: { N: String(now) } };
      const partitions = Array.from({ length: WAKE_PARTITIONS }, (_, partition) => wakePartition(partition));
      const sources = partitions.map((partition) => rows(client, find(byWake, partition, limit, to)));
      const found = merged(sources, (a, b) => Number(a.wakeAt!.N) - Number(b.wakeAt!.N));
      return wantedRecords(client, table, found, limit, ({ wakeAt }) => wakeAt !== undefined && wakeAt <= now);
    },
    listen: (id, wake) => pollRecord(() => get(id, false), wake),
    // By the way of a whole look at the table: what is old goes by the rows' expiry without this being called.
    forget: async (before, limit) => {
      let gone = 0;
      const scan = {
        TableName: table,
        FilterExpression: "endedAt < :before",
        ExpressionAttributeValues: { ":before": { N: String(before) } },
        ProjectionExpression: "pk, sk",
      };
      for await (const { Items = [] } of paginateScan({ client }, scan)) {
        for (const { pk, sk } of Items) {
          if (gone >= limit) return gone;
          const Key = { pk: pk!, sk: sk! };
          const { Attributes } = await client.send(
            new DeleteItemCommand({ TableName: table, Key, ReturnValues: "ALL_OLD" }),
          );
          if (Attributes) gone++;
        }
      }
      return gone;
    },
  };
}
