// The bare function with a key lookup in DynamoDB, which every API with keys needs.
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { handler as answer, type Event } from "./bare.ts";

const client = new DynamoDBClient({});

export const handler = async (event: Event) => {
  const [, id = ""] = event.headers.authorization!.split("_");
  const Key = { pk: { S: `KEY#${id}` }, sk: { S: "KEY" } };
  const { Item } = await client.send(new GetItemCommand({ TableName: "jobs", Key, ConsistentRead: true }));
  return Item ? answer(event) : { statusCode: 401, body: "" };
};
