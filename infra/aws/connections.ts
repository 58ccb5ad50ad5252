// WebSocket connections that API Gateway holds, and the subscriptions over them, as rows of the table.
import { randomUUID } from "node:crypto";
import type { Clock } from "../ports.ts";
import type { Dynamo } from "./clients/dynamo-calls.ts";
import {
  parseOperations,
  parseSocket,
  type Socket,
  type Subscription,
  type SubscriptionKey,
  socketKey,
  subscriptionKey,
  type Topic,
} from "./connection-items.ts";
import { type ConnectionTable, expiry, isFresh, remove, update } from "./connection-table.ts";
import {
  complete,
  findByTopic,
  type LockedSubscription,
  lock,
  recordDelivered,
  type SubscribeResult,
  subscribe,
} from "./subscriptions.ts";

export type Connections = {
  open(connection: string, caller: string | undefined): Promise<void>;
  find(connection: string): Promise<Socket | undefined>;
  /** Returns false if the connection is acknowledged already, or closed. */
  acknowledge(connection: string, caller: string): Promise<boolean>;
  subscribe(subscription: Subscription, maxOperations: number): Promise<SubscribeResult>;
  /** The topic's subscriptions (strongly consistent). */
  findByTopic(topic: Topic): Promise<readonly Subscription[]>;
  /** Locks the subscription for this long. LOCKED: somebody else holds the lock. */
  lock(key: SubscriptionKey, milliseconds: number): Promise<LockedSubscription | "LOCKED" | "GONE">;
  /**
   * Stores that the events before `position` are delivered, and extends the lock, or releases it for 0 milliseconds.
   * Returns undefined if the lock was lost.
   */
  recordDelivered(
    subscription: LockedSubscription,
    position: string,
    milliseconds: number,
  ): Promise<LockedSubscription | undefined>;
  /** Removes the subscription. */
  complete(key: SubscriptionKey): Promise<void>;
  /** Removes the connection and its subscriptions. */
  close(connection: string): Promise<void>;
};

export function awsConnections(client: Dynamo, name: string, clock: Clock): Connections {
  const table: ConnectionTable = { client, name, clock };
  return {
    open: (connection, caller) => open(table, connection, caller),
    find: (connection) => find(table, connection),
    acknowledge: (connection, caller) => acknowledge(table, connection, caller),
    subscribe: (subscription, maxOperations) => subscribe(table, subscription, maxOperations),
    findByTopic: (topic) => findByTopic(table, topic),
    lock: (key, milliseconds) => lock(table, key, milliseconds),
    recordDelivered: (subscription, position, milliseconds) =>
      recordDelivered(table, subscription, position, milliseconds),
    complete: (key) => complete(table, key),
    close: (connection) => close(table, connection),
  };
}

async function open(table: ConnectionTable, connection: string, caller: string | undefined): Promise<void> {
  const callerAttribute = caller !== undefined && { caller: { S: caller } };
  const Item = { ...socketKey(connection), ...callerAttribute, operations: { M: {} }, ...expiry(table) };
  await table.client.call("PutItem", { TableName: table.name, Item });
}

async function find(table: ConnectionTable, connection: string): Promise<Socket | undefined> {
  const input = { TableName: table.name, Key: socketKey(connection), ConsistentRead: true };
  const { Item } = await table.client.call("GetItem", input);
  return Item && isFresh(table, Item) ? parseSocket(connection, Item) : undefined;
}

async function acknowledge(table: ConnectionTable, connection: string, caller: string): Promise<boolean> {
  const write = randomUUID();
  const { updated, row } = await update(table, {
    Key: socketKey(connection),
    UpdateExpression: "SET ack = :write, caller = :caller",
    ConditionExpression: "attribute_exists(pk) AND attribute_not_exists(ack)",
    ExpressionAttributeValues: { ":write": { S: write }, ":caller": { S: caller } },
  });
  return updated || row?.ack?.S === write;
}

async function close(table: ConnectionTable, connection: string): Promise<void> {
  const row = await remove(table, socketKey(connection));
  const operations = row ? parseOperations(row) : [];
  await Promise.all(
    Array.from(operations, ([operation, topic]) => remove(table, subscriptionKey({ connection, operation, topic }))),
  );
}
