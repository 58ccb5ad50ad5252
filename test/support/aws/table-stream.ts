// A table's stream as Lambda reads it, on moto's: in order for each partition key and in no order between them, in batches,
// again from the first record that failed, and now and then for nothing.
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from "aws-lambda";
import { randomOf } from "../random.ts";
import { dynamoSdk, moto } from "./moto-resources.ts";

export type StreamHandler = (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse>;

const POLL_MS = 20;
const SHARDS = 4;
const MOST = 10;

export type StreamFaults = {
  readonly seed: number;
  /** Share of the batches that are delivered again after they were handled. */
  readonly retry: number;
  /** Share of the batches that are delivered twice at the same time. */
  readonly duplicate: number;
};
const KIND: StreamFaults = { seed: 1, retry: 0, duplicate: 0 };

/** Begins with the table's first write. `close` resolves when nothing is under way. */
export async function followTable(
  table: string,
  handler: StreamHandler,
  { seed, retry, duplicate }: StreamFaults = KIND,
) {
  const { Table } = await dynamoSdk.send(new DescribeTableCommand({ TableName: table }));
  const StreamArn = Table!.LatestStreamArn!;
  const { StreamDescription } = await call("DescribeStream", { StreamArn });
  const { ShardId } = StreamDescription.Shards[0];
  const first = { StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" };
  let { ShardIterator } = await call("GetShardIterator", first);
  const random = randomOf(seed);
  const backlogs = Array.from({ length: SHARDS }, (): DynamoDBRecord[] => []);
  const end = new AbortController();
  const rest = () => sleep(POLL_MS, undefined, { signal: end.signal }).catch(() => {});

  const poll = async () => {
    while (!end.signal.aborted) {
      const { Records, NextShardIterator } = await call("GetRecords", { ShardIterator });
      ShardIterator = NextShardIterator;
      for (const record of Records as DynamoDBRecord[]) backlogs[shardOf(record.dynamodb!.Keys!.pk!.S!)]!.push(record);
      await rest();
    }
  };
  const shard = async (backlog: DynamoDBRecord[]) => {
    while (!end.signal.aborted) {
      const batch = backlog.slice(0, 1 + Math.floor(random() * MOST));
      if (batch.length > 0) {
        const gone = backlog.splice(0, await done(handler, batch, random() < duplicate ? 2 : 1));
        if (random() < retry) backlog.unshift(...gone);
      }
      await rest();
    }
  };
  const running = Promise.all([poll(), ...backlogs.map(shard)]);
  return {
    close: async () => {
      end.abort();
      await running;
    },
  };
}

/** How many records of the batch are done with. */
async function done(handler: StreamHandler, batch: readonly DynamoDBRecord[], times: number): Promise<number> {
  const attempts = Array.from({ length: times }, async () => {
    try {
      // The handler gets a copy, as it would over the network.
      const { batchItemFailures } = await handler(structuredClone({ Records: [...batch] }));
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      const first = batch.findIndex(({ dynamodb }) => failed.has(dynamodb!.SequenceNumber!));
      return first === -1 && failed.size === 0 ? batch.length : Math.max(0, first);
    } catch {
      return 0;
    }
  });
  return Math.min(...(await Promise.all(attempts)));
}

/** The shard of a partition key. */
export function shardOf(pk: string): number {
  return createHash("sha256").update(pk).digest()[0]! % SHARDS;
}

/** moto's endpoint of DynamoDB Streams, whose client is not among our packages. */
async function call(operation: string, body: object) {
  const response = await fetch(moto!, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `DynamoDBStreams_20120810.${operation}`,
      authorization:
        "AWS4-HMAC-SHA256 Credential=a/20261124/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
    },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${operation}: ${await response.text()}`);
  // biome-ignore lint/suspicious/noExplicitAny: the response of DynamoDB is untyped.
  return (await response.json()) as any;
}
