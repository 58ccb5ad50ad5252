import { expect, test } from "vitest";
import { s3Client } from "../../../infra/aws/clients/s3.ts";
import { sqsClient } from "../../../infra/aws/clients/sqs.ts";
import { LONGEST_POLL_SECONDS } from "../../../infra/limits.ts";
import { CREDENTIALS } from "../../support/aws/moto-clients.ts";

const place = { region: "us-east-1", credentials: CREDENTIALS };

test.each([
  ["SQS", sqsClient(place)],
  ["S3", s3Client(place)],
])("the client of %s has a timeout and retries", async (_, { config }) => {
  expect(await config.maxAttempts()).toBe(5);
  const { connectionTimeout, requestTimeout, throwOnRequestTimeout } = await limitsOf(config.requestHandler);
  expect(connectionTimeout).toBe(2_000);
  expect(requestTimeout).toBeGreaterThan(0);
  expect(throwOnRequestTimeout).toBe(true);
});

test("the timeout of SQS's client exceeds the longest poll", async () => {
  const { requestTimeout } = await limitsOf(sqsClient(place).config.requestHandler);
  expect(requestTimeout).toBeGreaterThan(LONGEST_POLL_SECONDS * 1_000);
});

/** The limits of the SDK's handler, which reads them at its first call. */
async function limitsOf(handler: object) {
  const { configProvider } = handler as { configProvider: Promise<Record<string, unknown>> };
  return configProvider;
}
