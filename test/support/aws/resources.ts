// Creates the resources that the adapters of infra/aws need: a table, a queue and a bucket.
import { randomUUID } from "node:crypto";
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, type S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { type IndexDefinition, TABLE } from "../../../infra/aws/table.ts";
import { QUEUE_LIMITS } from "../../../infra/ports.ts";

/** Returns the table's name. */
export async function createTable(dynamo: DynamoDBClient): Promise<string> {
  const table = `unclip-${randomUUID()}`;
  await dynamo.send(new CreateTableCommand(definition(table)));
  const TimeToLiveSpecification = { AttributeName: TABLE.expiry, Enabled: true };
  await dynamo.send(new UpdateTimeToLiveCommand({ TableName: table, TimeToLiveSpecification }));
  return table;
}

function definition(table: string): CreateTableCommandInput {
  const indexes: readonly IndexDefinition[] = Object.values(TABLE.indexes);
  const keys = [TABLE, ...indexes].flatMap(({ partition, sort }) => [partition, sort]);
  const types = new Map(keys.map(({ name, type }) => [name, type]));
  const schema = ({ partition, sort }: Pick<IndexDefinition, "partition" | "sort">) => [
    { AttributeName: partition.name, KeyType: "HASH" as const },
    { AttributeName: sort.name, KeyType: "RANGE" as const },
  ];
  return {
    TableName: table,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [...types].map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
    KeySchema: schema(TABLE),
    GlobalSecondaryIndexes: indexes.map((index) => ({
      IndexName: index.name,
      KeySchema: schema(index),
      Projection:
        index.projected.length > 0
          ? { ProjectionType: "INCLUDE", NonKeyAttributes: [...index.projected] }
          : { ProjectionType: "KEYS_ONLY" },
    })),
    StreamSpecification: { StreamEnabled: true, StreamViewType: TABLE.stream },
  };
}

/** Returns the queue's URL. */
export async function createQueue(sqs: SQSClient): Promise<string> {
  const Attributes = { MaximumMessageSize: String(QUEUE_LIMITS.bytes) };
  const created = await sqs.send(new CreateQueueCommand({ QueueName: `unclip-${randomUUID()}`, Attributes }));
  return created.QueueUrl!;
}

/** Returns the bucket's name. */
export async function createBucket(s3: S3Client): Promise<string> {
  const bucket = `unclip-${randomUUID()}`;
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  return bucket;
}
