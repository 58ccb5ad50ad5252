// Clients of a moto server, with or without Vitest.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { dynamoClient } from "../../../infra/aws/clients/dynamo.ts";
import { s3Client } from "../../../infra/aws/clients/s3.ts";
import { sqsClient } from "../../../infra/aws/clients/sqs.ts";

const PATIENCE_MS = 60_000;

/** The secret is that of AWS's own example of a signature. */
export const CREDENTIALS = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
/** moto shares the machine's cores with the tests. */
export const slowMachine = { connectionTimeout: 60_000, requestTimeout: 120_000, throwOnRequestTimeout: true };

/** Configuration of any client. */
export function placeOf(endpoint: string | undefined) {
  return {
    region: "us-east-1",
    credentials: CREDENTIALS,
    ...(endpoint !== undefined && { endpoint }),
    requestHandler: slowMachine,
  };
}

/** `dynamo` is the client of the adapters; with the SDK's own, tests look at what they wrote. */
export function clientsOf(endpoint: string | undefined) {
  const place = placeOf(endpoint);
  return {
    dynamo: dynamoClient({ ...place, requestHandler: new NodeHttpHandler(slowMachine) }),
    dynamoSdk: new DynamoDBClient(place),
    sqs: sqsClient(place),
    s3: s3Client({ ...place, forcePathStyle: true }),
  };
}

export async function untilResponding(endpoint: string, patienceMs = PATIENCE_MS): Promise<void> {
  for (const end = Date.now() + patienceMs; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const response = await fetch(`${endpoint}/moto-api/`).catch(() => undefined);
    if (response !== undefined) return;
    if (Date.now() > end) throw new Error(`moto's server does not respond at ${endpoint}`);
  }
}
