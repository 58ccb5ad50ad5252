// WebSocket connections that API Gateway holds, and the subscriptions over them, as rows of the table.
import { randomUUID } from "node:crypto";
import type { CallerLimiter } from "../auth/caller-limits.ts";
import type { Clock } from "../ports.ts";
import { type Dynamo, isConditionFailure } from "./clients/dynamo-calls.ts";
import {
  connectionOf,
  parseOperations,
  parseSocket,
  type Socket,
  type Subscription,
  type SubscriptionKey,
  socketKey,
  subscriptionKey,
  type Topic,
  unacknowledgedQuery,
  WAITING,
  waitingUntil,
} from "./connection-items.ts";
import { type ConnectionSlots, connectionSlots } from "./connection-slots.ts";
import { type ConnectionTable, expiry, isFresh, remove, update } from "./connection-table.ts";
import {
  complete,
  findByTopic,
  type LockedSubscription,
  lock,
  recordDelivered,
  type SubscribeResult,
  type SubscriptionLimits,
  subscribe,
} from "./subscriptions.ts";

/** Who opened a socket: an owner, and what identifies the caller (a text of the caller of this module). */
export type SocketCaller = { readonly owner: string; readonly caller: string };

/** `open`, `acknowledge` and `subscribe` reject with LimitExceededError. */
export type Connections = {
  open(connection: string, by: SocketCaller | undefined): Promise<void>;
  find(connection: string): Promise<Socket | undefined>;
  /** Returns false if the connection is acknowledged already, or closed. */
  acknowledge(socket: Socket, by: SocketCaller): Promise<boolean>;
  subscribe(subscription: Subscription, limits: SubscriptionLimits): Promise<SubscribeResult>;
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
  /** Connections that were not acknowledged in time, at most `limit`. May lag behind by moments. */
  findUnacknowledged(limit: number): Promise<readonly string[]>;
  /** Removes the connection. Returns false, and changes nothing, if it is acknowledged or gone. */
  closeUnacknowledged(connection: string): Promise<boolean>;
};

/** How long a client has for connection_init, as on one machine (graphql-ws). */
const ACKNOWLEDGE_MS = 3_000;

export function awsConnections(client: Dynamo, name: string, clock: Clock, limiter?: CallerLimiter): Connections {
  const table: ConnectionTable = { client, name, clock };
  const slots = connectionSlots(limiter);
  return {
    open: (connection, by) => open(table, slots, connection, by),
    find: (connection) => find(table, connection),
    acknowledge: (socket, by) => acknowledge(table, slots, socket, by),
    subscribe: async (subscription, limits) => {
      await slots.acquireStream(subscription.owner, subscription);
      const result = await subscribe(table, subscription, limits);
      if (result === "FULL" || result === "CROWDED" || result === "GONE")
        await slots.releaseStream(subscription.owner, subscription);
      return result;
    },
    findByTopic: (topic) => findByTopic(table, topic),
    lock: (key, milliseconds) => lock(table, key, milliseconds),
    recordDelivered: (subscription, position, milliseconds) =>
      recordDelivered(table, subscription, position, milliseconds),
    complete: async (key) => {
      const owner = await complete(table, key);
      if (owner !== undefined) await slots.releaseStream(owner, key);
    },
    close: (connection) => close(table, slots, connection),
    findUnacknowledged: async (limit) => {
      const query = { TableName: name, ...unacknowledgedQuery(clock.now()), Limit: limit };
      const { Items = [] } = await client.call("Query", query);
      return Items.map(connectionOf);
    },
    closeUnacknowledged: (connection) => closeUnacknowledged(table, slots, connection),
  };
}

async function open(
  table: ConnectionTable,
  slots: ConnectionSlots,
  connection: string,
  by: SocketCaller | undefined,
): Promise<void> {
  if (by !== undefined) await slots.acquireSocket(by.owner, connection);
  const callerAttributes = by !== undefined && { caller: { S: by.caller }, owner: { S: by.owner } };
  const Item = {
    ...socketKey(connection),
    ...callerAttributes,
    ...waitingUntil(table.clock.now() + ACKNOWLEDGE_MS),
    operations: { M: {} },
    ...expiry(table),
  };
  await table.client.call("PutItem", { TableName: table.name, Item });
}

async function find(table: ConnectionTable, connection: string): Promise<Socket | undefined> {
  const input = { TableName: table.name, Key: socketKey(connection), ConsistentRead: true };
  const { Item } = await table.client.call("GetItem", input);
  return Item && isFresh(table, Item) ? parseSocket(connection, Item) : undefined;
}

async function acknowledge(
  table: ConnectionTable,
  slots: ConnectionSlots,
  { connection, owner: before }: Socket,
  { owner, caller }: SocketCaller,
): Promise<boolean> {
  const isOther = owner !== before;
  if (isOther) await slots.acquireSocket(owner, connection);
  const write = randomUUID();
  const { updated, row } = await update(table, {
    Key: socketKey(connection),
    UpdateExpression: `SET ack = :write, caller = :caller, #owner = :owner REMOVE ${WAITING.join(", ")}`,
    ConditionExpression: "attribute_exists(pk) AND attribute_not_exists(ack)",
    ExpressionAttributeNames: { "#owner": "owner" },
    ExpressionAttributeValues: { ":write": { S: write }, ":caller": { S: caller }, ":owner": { S: owner } },
  });
  const isFirst = updated || row?.ack?.S === write;
  const superseded = isFirst ? before : owner;
  if (isOther && superseded !== undefined) await slots.releaseSocket(superseded, connection);
  return isFirst;
}

async function close(table: ConnectionTable, slots: ConnectionSlots, connection: string): Promise<void> {
  const row = await remove(table, socketKey(connection));
  const owner = row?.owner?.S;
  const closing = Array.from(row ? parseOperations(row) : [], async ([operation, topic]) => {
    const key = { connection, operation, topic };
    await remove(table, subscriptionKey(key));
    if (owner !== undefined) await slots.releaseStream(owner, key);
  });
  await Promise.all([...closing, owner !== undefined && slots.releaseSocket(owner, connection)]);
}

async function closeUnacknowledged(
  table: ConnectionTable,
  slots: ConnectionSlots,
  connection: string,
): Promise<boolean> {
  const condition = { ConditionExpression: "attribute_exists(pk) AND attribute_not_exists(ack)" };
  try {
    const row = await remove(table, socketKey(connection), condition);
    if (row?.owner?.S !== undefined) await slots.releaseSocket(row.owner.S, connection);
    return true;
  } catch (error) {
    if (isConditionFailure(error)) return false;
    throw error;
  }
}
