// Subscriptions over WebSocket connections, and the locks that allow one deliverer at a time.
import { randomUUID } from "node:crypto";
import { type Item, items } from "./clients/dynamo-calls.ts";
import {
  parseSubscription,
  type Subscription,
  type SubscriptionKey,
  socketKey,
  subscriptionKey,
  subscriptionsQuery,
  type Topic,
} from "./connection-items.ts";
import { type ConnectionTable, expiry, isFresh, remove, update } from "./connection-table.ts";

/** Locked for one deliverer until `until`. After that another one may take the lock. */
export type LockedSubscription = Subscription & { readonly lock: string; readonly until: number };

/** What a subscription may add to. The number of a job's followers is read before, so racing ones may exceed it slightly. */
export type SubscriptionLimits = { readonly operations: number; readonly followers: number };

/**
 * KNOWN: the connection has an operation with this id. FULL: it has the maximum number of operations. CROWDED: the job has
 * the maximum number of followers. GONE: the connection is closed.
 */
export type SubscribeResult = "SUBSCRIBED" | "KNOWN" | "FULL" | "CROWDED" | "GONE";

export async function subscribe(
  table: ConnectionTable,
  subscription: Subscription,
  limits: SubscriptionLimits,
): Promise<SubscribeResult> {
  const { connection, operation, topic, owner, request, position } = subscription;
  if (await hasFollowers(table, topic, limits.followers)) return "CROWDED";
  const write = randomUUID();
  const { updated, row } = await update(table, {
    Key: socketKey(connection),
    UpdateExpression: "SET operations.#id = :operation",
    ConditionExpression: "attribute_exists(pk) AND attribute_not_exists(operations.#id) AND size(operations) < :max",
    ExpressionAttributeNames: { "#id": operation },
    ExpressionAttributeValues: {
      ":operation": { M: { topic: { S: topic }, write: { S: write } } },
      ":max": { N: String(limits.operations) },
    },
  });
  if (!updated) {
    if (row === undefined) return "GONE";
    const existing = row.operations!.M![operation];
    if (existing === undefined) return "FULL";
    if (existing.M!.write!.S !== write) return "KNOWN";
  }
  // If the process dies before this write, the operation gets no events, and the client gets an error for its message.
  const Item = {
    ...subscriptionKey({ connection, operation, topic }),
    owner: { S: owner },
    request: { S: request },
    position: { S: position },
    lockedUntil: { N: "0" },
    ...expiry(table),
  };
  await table.client.call("PutItem", { TableName: table.name, Item });
  return "SUBSCRIBED";
}

/** Whether the topic has this many subscriptions or more (eventually consistent). */
async function hasFollowers(table: ConnectionTable, topic: Topic, many: number): Promise<boolean> {
  let missing = many;
  let from: Item | undefined;
  do {
    const { Count = 0, LastEvaluatedKey } = await table.client.call("Query", {
      TableName: table.name,
      ...subscriptionsQuery(topic),
      Select: "COUNT",
      Limit: missing,
      ...(from && { ExclusiveStartKey: from }),
    });
    missing -= Count;
    from = LastEvaluatedKey;
  } while (from !== undefined && missing > 0);
  return missing <= 0;
}

export async function findByTopic(table: ConnectionTable, topic: Topic): Promise<readonly Subscription[]> {
  const found: Subscription[] = [];
  const query = { TableName: table.name, ...subscriptionsQuery(topic), ConsistentRead: true };
  for await (const row of items(table.client, "Query", query)) {
    if (isFresh(table, row)) found.push(parseSubscription(row));
  }
  return found;
}

export async function lock(
  table: ConnectionTable,
  key: SubscriptionKey,
  milliseconds: number,
): Promise<LockedSubscription | "LOCKED" | "GONE"> {
  const token = randomUUID();
  const now = table.clock.now();
  const until = now + milliseconds;
  const { updated, row } = await update(table, {
    Key: subscriptionKey(key),
    UpdateExpression: "SET #lock = :lock, lockedUntil = :until",
    ConditionExpression: "attribute_exists(pk) AND (lockedUntil < :now OR #lock = :lock)",
    ExpressionAttributeNames: { "#lock": "lock" },
    ExpressionAttributeValues: {
      ":lock": { S: token },
      ":until": { N: String(until) },
      ":now": { N: String(now) },
    },
  });
  if (row === undefined) return "GONE";
  return updated || row.lock?.S === token ? { ...parseSubscription(row), lock: token, until } : "LOCKED";
}

export async function recordDelivered(
  table: ConnectionTable,
  subscription: LockedSubscription,
  position: string,
  milliseconds: number,
): Promise<LockedSubscription | undefined> {
  const until = milliseconds === 0 ? 0 : table.clock.now() + milliseconds;
  const { updated } = await update(table, {
    Key: subscriptionKey(subscription),
    UpdateExpression: "SET #position = :position, lockedUntil = :until",
    ConditionExpression: "#lock = :lock",
    ExpressionAttributeNames: { "#lock": "lock", "#position": "position" },
    ExpressionAttributeValues: {
      ":position": { S: position },
      ":until": { N: String(until) },
      ":lock": { S: subscription.lock },
    },
  });
  return updated ? { ...subscription, position, until } : undefined;
}

/** Returns the owner, if there was such a subscription. */
export async function complete(table: ConnectionTable, key: SubscriptionKey): Promise<string | undefined> {
  const row = await remove(table, subscriptionKey(key));
  await update(table, {
    Key: socketKey(key.connection),
    UpdateExpression: "REMOVE operations.#id",
    ConditionExpression: "attribute_exists(pk)",
    ExpressionAttributeNames: { "#id": key.operation },
  });
  return row?.owner?.S;
}
