// The bare function, with what any API needs that is not open to everybody: a look at who asks, here a row of DynamoDB.
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { handler as answer, type Event } from "./bare.ts";

const client = new DynamoDBClient({});

export const handler = async (event: Event) => {
  const [, id = ""] = event.headers.authorization!.split("_");
  const Key = { pk: { S: `KEY#${id}` }, sk: { S: "KEY" } };
  const { Item } = await client.send(new GetItemCommand({ TableName: "jobs", Key, ConsistentRead: true }));
  return Item ? answer(event) : { statusCode: 401, body: "" };
};
