// API keys in DynamoDB: one row per key, found by the id with which the key begins.
import type { ApiKey, KeyStore } from "../auth/api-keys.ts";
import { conditionFailure, type Dynamo, type Item, items } from "./clients/dynamo-calls.ts";

const SORT = "KEY";

const itemKey = (id: string): Item => ({ pk: { S: `KEY#${id}` }, sk: { S: SORT } });
const parseApiKey = (item: Item): ApiKey => JSON.parse(item.key!.S!);

export function awsKeyStore(client: Dynamo, table: string): KeyStore {
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
      for await (const row of items(client, "Scan", scan)) keys.push(parseApiKey(row));
      return keys.sort((a, b) => a.createdAt - b.createdAt);
    },
    // Strongly consistent, so that a revoked key is refused at once.
    find: async (id) => {
      const { Item } = await client.call("GetItem", { TableName: table, Key: itemKey(id), ConsistentRead: true });
      return Item && parseApiKey(Item);
    },
    add: async (key) => {
      try {
        await client.call("PutItem", {
          TableName: table,
          Item: { ...itemKey(key.id), key: { S: JSON.stringify(key) } },
          ConditionExpression: "attribute_not_exists(pk)",
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        });
      } catch (error) {
        // If the response to the SDK's first try was lost, the stored key is the one it wrote.
        const { item } = conditionFailure(error);
        if (item === undefined || parseApiKey(item).hash !== key.hash) throw error;
      }
    },
    revoke: async (id) => {
      const gone = await client.call("DeleteItem", { TableName: table, Key: itemKey(id), ReturnValues: "ALL_OLD" });
      return gone.Attributes !== undefined;
    },
  };
}
