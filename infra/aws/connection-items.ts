// Sockets and subscriptions, and their rows in the table (table.ts).
import type { Item, Query } from "./clients/dynamo-calls.ts";
import { recordKey } from "./item.ts";
import { TABLE } from "./table.ts";

export type Socket = {
  readonly connection: string;
  /** Identifies the caller, by the upgrade request and then by connection_init. Contains no credentials. */
  readonly caller: string | undefined;
  /** The caller's owner. */
  readonly owner: string | undefined;
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
  readonly owner: string;
  /** The subscriber's operation, serialized by the caller of this module. */
  readonly request: string;
  /** The place after the last delivered event. Its form is the caller's too. */
  readonly position: string;
};

const PREFIX = "SUB#";

export function socketKey(connection: string): Item {
  return { pk: { S: `${SOCKET_PREFIX}${connection}` }, sk: { S: "SOCKET" } };
}

const SOCKET_PREFIX = "SOCKET#";
/** Attributes that put a socket that waits for connection_init into the index by wake time. */
const { name, partition, sort } = TABLE.indexes.byWake;
export const WAITING = [partition.name, sort.name] as const;
const WAITING_PARTITION = { S: "SOCKETS" };

/** `at`: milliseconds since 1970. */
export function waitingUntil(at: number): Item {
  return { [partition.name]: WAITING_PARTITION, [sort.name]: { N: String(at) } };
}

/** Sockets whose time was up at `now`, the longest overdue first. */
export function unacknowledgedQuery(now: number): Omit<Query, "TableName"> {
  return {
    IndexName: name,
    KeyConditionExpression: `${partition.name} = :waiting AND ${sort.name} <= :now`,
    ExpressionAttributeValues: { ":waiting": WAITING_PARTITION, ":now": { N: String(now) } },
  };
}

export function connectionOf(row: Item): string {
  return row.pk!.S!.slice(SOCKET_PREFIX.length);
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
    owner: row.owner?.S,
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
    owner: row.owner!.S!,
    request: row.request!.S!,
    position: row.position!.S!,
  };
}
