// The rows of connections and subscriptions in the table.
import type { Clock } from "../ports.ts";
import { conditionFailure, type Dynamo, type Item, type Update } from "./clients/dynamo-calls.ts";
import { TABLE } from "./table.ts";

/** API Gateway closes a connection after two hours. Ten minutes more for work that is under way then. */
export const RETENTION_SECONDS = 130 * 60;

export type ConnectionTable = { readonly client: Dynamo; readonly name: string; readonly clock: Clock };

/** `row` is the row after the update, or the unchanged row if the condition failed. */
export async function update(
  { client, name }: ConnectionTable,
  input: Omit<Update, "TableName">,
): Promise<{ readonly updated: boolean; readonly row: Item | undefined }> {
  const returned = { ReturnValues: "ALL_NEW", ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;
  try {
    const { Attributes } = await client.call("UpdateItem", { TableName: name, ...returned, ...input });
    return { updated: true, row: Attributes };
  } catch (error) {
    return { updated: false, row: conditionFailure(error).item };
  }
}

export async function remove(
  { client, name }: ConnectionTable,
  Key: Item,
  condition: { readonly ConditionExpression?: string } = {},
): Promise<Item | undefined> {
  const input = { TableName: name, Key, ReturnValues: "ALL_OLD", ...condition } as const;
  return (await client.call("DeleteItem", input)).Attributes;
}

export function expiry({ clock }: ConnectionTable): Item {
  return { [TABLE.expiry]: { N: String(Math.ceil(clock.now() / 1000) + RETENTION_SECONDS) } };
}

/** DynamoDB may delete a row days after it has expired. */
export function isFresh({ clock }: ConnectionTable, row: Item): boolean {
  return Number(row[TABLE.expiry]!.N) * 1000 > clock.now();
}
