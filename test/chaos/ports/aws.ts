import { awsBlobs } from "../../../infra/aws/blobs.ts";
import { awsJobStore } from "../../../infra/aws/job-store.ts";
import { awsQueue } from "../../../infra/aws/queue.ts";
import { clientsOf } from "../../support/aws/moto-clients.ts";
import { createBucket, createQueue, createTable } from "../../support/aws/resources.ts";
import type { Ports } from "../../support/jobs/in-memory-service.ts";

const RETENTION_MS = 86_400_000;

/** What a process needs to open the same adapters as another one. */
export type AwsPlace = {
  readonly endpoint: string;
  readonly table: string;
  readonly queueUrl: string;
  readonly bucket: string;
};

export async function createPlace(endpoint: string): Promise<AwsPlace> {
  const { dynamoSdk, sqs, s3 } = clientsOf(endpoint);
  const [table, queueUrl, bucket] = await Promise.all([createTable(dynamoSdk), createQueue(sqs), createBucket(s3)]);
  return { endpoint, table, queueUrl, bucket };
}

/** The adapters of AWS, on a moto server. */
export function awsPorts({ endpoint, table, queueUrl, bucket }: AwsPlace): Ports {
  const { dynamo, sqs, s3 } = clientsOf(endpoint);
  return {
    store: awsJobStore(dynamo, { table, retentionMs: RETENTION_MS }),
    queue: awsQueue(sqs, queueUrl),
    blobs: awsBlobs(s3, bucket),
  };
}
