// Creates the resources that the adapters of infra/aws need on moto: a table, a queue and a bucket.
import { randomUUID } from "node:crypto";
import { CreateTableCommand, type CreateTableCommandInput, UpdateTimeToLiveCommand } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { CreateQueueCommand } from "@aws-sdk/client-sqs";
import { beforeAll, describe, inject } from "vitest";
import { dynamoClient } from "../../../infra/aws/clients/dynamo.ts";
import { s3Client } from "../../../infra/aws/clients/s3.ts";
import { sqsClient } from "../../../infra/aws/clients/sqs.ts";
import { type IndexDefinition, TABLE } from "../../../infra/aws/table.ts";
import { QUEUE_LIMITS } from "../../../infra/ports.ts";

const PATIENCE_MS = 60_000;

export const moto = inject("moto");
/** The secret is that of AWS's own example of a signature. */
export const CREDENTIALS = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
/** moto shares the machine's cores with the tests, and whatever else runs there. */
const slowMachine = { connectionTimeout: 60_000, requestTimeout: 120_000, throwOnRequestTimeout: true };
/** Region and endpoint of the clients in these tests. */
export const place = {
  region: "us-east-1",
  credentials: CREDENTIALS,
  ...(moto !== undefined && { endpoint: moto }),
  requestHandler: slowMachine,
};

export const dynamo = dynamoClient(place);
export const sqs = sqsClient(place);
export const s3 = s3Client({ ...place, forcePathStyle: true });

/** Tests that need moto's server: skipped, and said so by moto.ts, where it is not installed. */
export function onMoto(name: string, tests: () => void): void {
  describe.skipIf(moto === undefined)(name, () => {
    beforeAll(answering, PATIENCE_MS);
    tests();
  });
}

async function answering(): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const answer = await fetch(`${moto}/moto-api/`).catch(() => undefined);
    if (answer?.ok) return;
    if (Date.now() > end) throw new Error(`moto's server does not answer at ${moto}`);
  }
}

export async function newTable(): Promise<string> {
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

/** Its URL. */
export async function newQueue(): Promise<string> {
  const Attributes = { MaximumMessageSize: String(QUEUE_LIMITS.bytes) };
  const created = await sqs.send(new CreateQueueCommand({ QueueName: `unclip-${randomUUID()}`, Attributes }));
  return created.QueueUrl!;
}

export async function newBucket(): Promise<string> {
  const bucket = `unclip-${randomUUID()}`;
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  return bucket;
}
