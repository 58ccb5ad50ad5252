// API keys in DynamoDB: one row per key, found by the id with which the key begins.
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

const itemKey = (id: string): Item => ({ pk: { S: `KEY#${id}` }, sk: { S: SORT } });
const parseApiKey = (item: Item): ApiKey => JSON.parse(item.key!.S!);

export function awsKeyStore(client: DynamoDBClient, table: string): KeyStore {
  return {
    // Scans the whole table: only the command line lists keys, and rarely. Requests find a key by its id.
    list: async () => {
      const keys: ApiKey[] = [];
      const scan = {
        TableName: table,
        FilterExpression: "sk = :sort",
        ExpressionAttributeValues: { ":sort": { S: SORT } },
        ConsistentRead: true,
      };
      for await (const { Items = [] } of paginateScan({ client }, scan)) keys.push(...Items.map(parseApiKey));
      return keys.sort((a, b) => a.createdAt - b.createdAt);
    },
    // Strongly consistent, so that a revoked key is refused at once.
    find: async (id) => {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: table, Key: itemKey(id), ConsistentRead: true }),
      );
      return Item && parseApiKey(Item);
    },
    add: async (key) => {
      try {
        await client.send(
          new PutItemCommand({
            TableName: table,
            Item: { ...itemKey(key.id), key: { S: JSON.stringify(key) } },
            ConditionExpression: "attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        );
      } catch (error) {
        // If the response to the SDK's first try was lost, the stored key is the one it wrote.
        const there = error instanceof ConditionalCheckFailedException && error.Item && parseApiKey(error.Item);
        if (!there || there.hash !== key.hash) throw error;
      }
    },
    revoke: async (id) => {
      const gone = await client.send(
        new DeleteItemCommand({ TableName: table, Key: itemKey(id), ReturnValues: "ALL_OLD" }),
      );
      return gone.Attributes !== undefined;
    },
  };
}
