// The SDK's clients with every limit said out loud. Their import takes a fifth of a second, so nothing outside of
// functions for AWS imports this folder.
import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { SQSClient, type SQSClientConfig } from "@aws-sdk/client-sqs";
import { LONGEST_POLL_SECONDS } from "../limits.ts";

/** Attempts of one call, the first included: throttling, 5xx and broken connections are tried again with jitter. */
const ATTEMPTS = 5;
const CONNECT_MS = 2_000;

/** Milliseconds for one attempt. Without `throwOnRequestTimeout` the SDK would only warn, and wait on. */
const within = (requestTimeout: number) => ({
  connectionTimeout: CONNECT_MS,
  requestTimeout,
  throwOnRequestTimeout: true,
});

const patient = { maxAttempts: ATTEMPTS, retryMode: "standard" } as const;

/** An answer takes milliseconds; what takes seconds is lost. */
export function dynamoClient(config: DynamoDBClientConfig = {}): DynamoDBClient {
  return new DynamoDBClient({ ...patient, requestHandler: within(3_000), ...config });
}

/** Longer than the longest poll. */
export function sqsClient(config: SQSClientConfig = {}): SQSClient {
  return new SQSClient({ ...patient, requestHandler: within(LONGEST_POLL_SECONDS * 1_000 + 10_000), ...config });
}

/** Long enough for some megabytes. */
export function s3Client(config: S3ClientConfig = {}): S3Client {
  return new S3Client({ ...patient, requestHandler: within(30_000), ...config });
}
