import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { patient, within } from "./timeouts.ts";

/** An answer takes milliseconds; what takes seconds is lost. */
export function dynamoClient(config: DynamoDBClientConfig = {}): DynamoDBClient {
  return new DynamoDBClient({ ...patient, requestHandler: within(3_000), ...config });
}
