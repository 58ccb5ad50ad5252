import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { retries, timeout } from "./timeouts.ts";

/** Responses take milliseconds, so one that takes seconds is lost. */
export function dynamoClient(config: DynamoDBClientConfig = {}): DynamoDBClient {
  return new DynamoDBClient({ ...retries, requestHandler: timeout(3_000), ...config });
}
