import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { longPoll, timeout } from "./timeouts.ts";

/** An answer takes milliseconds; what takes seconds is lost. */
export function dynamoClient(config: DynamoDBClientConfig = {}): DynamoDBClient {
  return new DynamoDBClient({ ...longPoll, requestHandler: timeout(3_000), ...config });
}
