// Sockets and subscriptions as items: their keys, and what is read from them. Where they lie is said in table.ts.
import type { QueryCommandInput } from "@aws-sdk/client-dynamodb";
import type { Socket, Subscription, SubscriptionKey } from "./connections.ts";
import type { Item } from "./item.ts";
import { idOf } from "./item.ts";

const PREFIX = "SUB#";

export function socketKey(connection: string): Item {
  return { pk: { S: `SOCKET#${connection}` }, sk: { S: "SOCKET" } };
}

/** API Gateway's ids are base64, so the first "#" ends them. */
export function subscriptionKey({ connection, operation, job }: SubscriptionKey): Item {
  return { pk: { S: `JOB#${job}` }, sk: { S: `${PREFIX}${connection}#${operation}` } };
}

export function subscriptionsOf(job: string): Omit<QueryCommandInput, "TableName"> {
  return {
    KeyConditionExpression: "pk = :pk AND begins_with(sk, :sub)",
    ExpressionAttributeValues: { ":pk": { S: `JOB#${job}` }, ":sub": { S: PREFIX } },
  };
}

export function socketOf(connection: string, row: Item): Socket {
  return {
    connection,
    caller: row.caller?.S,
    acknowledged: row.ack !== undefined,
    operations: operationsOf(row),
  };
}

export function operationsOf(row: Item): ReadonlyMap<string, string> {
  return new Map(Object.entries(row.operations!.M!).map(([operation, { M }]) => [operation, M!.job!.S!]));
}

export function subscriptionOf(row: Item): Subscription {
  const [, connection, operation] = /^SUB#([^#]*)#(.*)$/s.exec(row.sk!.S!)!;
  return {
    connection: connection!,
    operation: operation!,
    job: idOf(row),
    asked: row.asked!.S!,
    delivered: Number(row.delivered!.N),
  };
}
