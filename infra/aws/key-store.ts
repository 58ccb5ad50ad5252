// API keys in DynamoDB: one row each, found by the id that the key begins with.
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateScan,
} from "@aws-sdk/client-dynamodb";
import type { ApiKey, KeyStore } from "../auth/api-keys.ts";
import type { Item } from "./item.ts";

const SORT = "KEY";

const keyOf = (id: string): Item => ({ pk: { S: `KEY#${id}` }, sk: { S: SORT } });
const apiKeyOf = (item: Item): ApiKey => JSON.parse(item.key!.S!);

export function awsKeyStore(client: DynamoDBClient, table: string): KeyStore {
  return {
    // By the way of a whole look at the table: a person asks for this, and seldom. Requests find their key by its id.
    list: async () => {
      const keys: ApiKey[] = [];
      const scan = {
        TableName: table,
        FilterExpression: "sk = :sort",
        ExpressionAttributeValues: { ":sort": { S: SORT } },
        ConsistentRead: true,
      };
      for await (const { Items = [] } of paginateScan({ client }, scan)) keys.push(...Items.map(apiKeyOf));
      return keys.sort((a, b) => a.createdAt - b.createdAt);
    },
    // Strongly consistent: a key that was revoked lets nobody in any more.
    find: async (id) => {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: table, Key: keyOf(id), ConsistentRead: true }),
      );
      return Item && apiKeyOf(Item);
    },
    add: async (key) => {
      try {
        await client.send(
          new PutItemCommand({
            TableName: table,
            Item: { ...keyOf(key.id), key: { S: JSON.stringify(key) } },
            ConditionExpression: "attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        );
      } catch (error) {
        // The answer to a first try may have been lost; then what is there is what that one put.
        const there = error instanceof ConditionalCheckFailedException && error.Item && apiKeyOf(error.Item);
        if (!there || there.hash !== key.hash) throw error;
      }
    },
    revoke: async (id) => {
      const gone = await client.send(
        new DeleteItemCommand({ TableName: table, Key: keyOf(id), ReturnValues: "ALL_OLD" }),
      );
      return gone.Attributes !== undefined;
    },
  };
}
