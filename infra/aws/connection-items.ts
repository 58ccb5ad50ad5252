// Sockets and subscriptions, and their rows in the table (table.ts).
import type { Item, Query } from "./clients/dynamo-calls.ts";
import { recordKey } from "./item.ts";

export type Socket = {
  readonly connection: string;
  /** Identifies the caller, by the upgrade request and then by connection_init. Contains no credentials. */
  readonly caller: string | undefined;
  readonly acknowledged: boolean;
  /** The topics of the subscriptions over the socket, by operation id. */
  readonly operations: ReadonlyMap<string, Topic>;
};

/** What a subscription follows: the partition of its row. */
export type Topic = string;

/** The events of one job. Its subscriptions are in the partition of its record. */
export const jobTopic = (id: string): Topic => recordKey(id).pk!.S!;

/** The events of all jobs of an owner. */
export const ownerTopic = (owner: string): Topic => `OWNER#${owner}`;

export type SubscriptionKey = { readonly connection: string; readonly operation: string; readonly topic: Topic };

export type Subscription = SubscriptionKey & {
  /** The subscriber's operation, serialized by the caller of this module. */
  readonly request: string;
  /** The place after the last delivered event. Its form is the caller's too. */
  readonly position: string;
};

const PREFIX = "SUB#";

export function socketKey(connection: string): Item {
  return { pk: { S: `SOCKET#${connection}` }, sk: { S: "SOCKET" } };
}

/** API Gateway's connection ids are base64, so the first "#" ends them. */
export function subscriptionKey({ connection, operation, topic }: SubscriptionKey): Item {
  return { pk: { S: topic }, sk: { S: `${PREFIX}${connection}#${operation}` } };
}

export function subscriptionsQuery(topic: Topic): Omit<Query, "TableName"> {
  return {
    KeyConditionExpression: "pk = :pk AND begins_with(sk, :sub)",
    ExpressionAttributeValues: { ":pk": { S: topic }, ":sub": { S: PREFIX } },
  };
}

export function parseSocket(connection: string, row: Item): Socket {
  return {
    connection,
    caller: row.caller?.S,
    acknowledged: row.ack !== undefined,
    operations: parseOperations(row),
  };
}

export function parseOperations(row: Item): ReadonlyMap<string, Topic> {
  return new Map(Object.entries(row.operations!.M!).map(([operation, { M }]) => [operation, M!.topic!.S!]));
}

export function parseSubscription(row: Item): Subscription {
  const [, connection, operation] = /^SUB#([^#]*)#(.*)$/s.exec(row.sk!.S!)!;
  return {
    connection: connection!,
    operation: operation!,
    topic: row.pk!.S!,
    request: row.request!.S!,
    position: row.position!.S!,
  };
}
