// Sockets that nobody holds open, and what is followed over them, as rows of the table.
import { randomUUID } from "node:crypto";
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import type { Clock } from "../ports.ts";
import {
  operationsOf,
  socketKey,
  socketOf,
  subscriptionKey,
  subscriptionOf,
  subscriptionsOf,
} from "./connection-items.ts";
import type { Item } from "./item.ts";
import { rows } from "./rows.ts";
import { TABLE } from "./table.ts";

/** API Gateway keeps a connection for two hours; ten minutes more for what is under way then. */
const KEPT_SECONDS = 130 * 60;

export type Socket = {
  readonly connection: string;
  /** Who is there, by the upgrade and then by connection_init, in its writer's words: nothing that lets anybody in. */
  readonly caller: string | undefined;
  readonly acknowledged: boolean;
  /** The jobs that are followed over it, by the clients' ids of the operations. */
  readonly operations: ReadonlyMap<string, string>;
};

export type SubscriptionKey = { readonly connection: string; readonly operation: string; readonly job: string };

export type Subscription = SubscriptionKey & {
  /** What is asked, and by whom: whatever its writer needs to answer it. */
  readonly asked: string;
  /** `seq` of the last event that was told. */
  readonly delivered: number;
};

/** Whoever delivers holds the subscription until then. Whose time has run out may find that somebody else does. */
export type Held = Subscription & { readonly lock: string; readonly until: number };

export type Connections = {
  open(connection: string, caller: string | undefined): Promise<void>;
  find(connection: string): Promise<Socket | undefined>;
  /** False for a connection that is acknowledged already, or gone. */
  acknowledge(connection: string, caller: string): Promise<boolean>;
  /** Not when the connection has an operation of this id, has `most` of them, or is gone. */
  subscribe(subscription: Subscription, most: number): Promise<"SUBSCRIBED" | "KNOWN" | "FULL" | "GONE">;
  /** What follows a job, each as it is at this moment. */
  ofJob(job: string): Promise<readonly Subscription[]>;
  /** For so long nobody else gets it. */
  hold(key: SubscriptionKey, milliseconds: number): Promise<Held | "HELD" | "GONE">;
  /** Events up to `delivered` are told. Keeps it for so long from now, or frees it; undefined when it is no longer held. */
  delivered(held: Held, delivered: number, milliseconds: number): Promise<Held | undefined>;
  /** The operation is over. */
  complete(key: SubscriptionKey): Promise<void>;
  /** The connection and all that was followed over it. */
  close(connection: string): Promise<void>;
};

export function awsConnections(client: DynamoDBClient, table: string, clock: Clock): Connections {
  const expiry = () => ({ [TABLE.expiry]: { N: String(Math.ceil(clock.now() / 1000) + KEPT_SECONDS) } });
  /** The table may keep a row for days after its time. */
  const fresh = (row: Item) => Number(row[TABLE.expiry]!.N) * 1000 > clock.now();

  /** The row after the update; or, where the condition does not hold, the row as it is. */
  const update = async (
    input: Omit<UpdateItemCommandInput, "TableName">,
  ): Promise<{ readonly done: boolean; readonly row: Item | undefined }> => {
    const both = { ReturnValues: "ALL_NEW", ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;
    try {
      const { Attributes } = await client.send(new UpdateItemCommand({ TableName: table, ...both, ...input }));
      return { done: true, row: Attributes };
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return { done: false, row: error.Item };
      throw error;
    }
  };
  const remove = async (Key: Item): Promise<Item | undefined> => {
    const deletion = new DeleteItemCommand({ TableName: table, Key, ReturnValues: "ALL_OLD" });
    return (await client.send(deletion)).Attributes;
  };

  return {
    open: async (connection, caller) => {
      const known = caller !== undefined && { caller: { S: caller } };
      const Item = { ...socketKey(connection), ...known, operations: { M: {} }, ...expiry() };
      await client.send(new PutItemCommand({ TableName: table, Item }));
    },
    find: async (connection) => {
      const read = new GetItemCommand({ TableName: table, Key: socketKey(connection), ConsistentRead: true });
      const { Item } = await client.send(read);
      return Item && fresh(Item) ? socketOf(connection, Item) : undefined;
    },
    acknowledge: async (connection, caller) => {
      const write = randomUUID();
      const { done, row } = await update({
        Key: socketKey(connection),
        UpdateExpression: "SET ack = :write, caller = :caller",
        ConditionExpression: "attribute_exists(pk) AND attribute_not_exists(ack)",
        ExpressionAttributeValues: { ":write": { S: write }, ":caller": { S: caller } },
      });
      return done || row?.ack?.S === write;
    },
    subscribe: async ({ connection, operation, job, asked, delivered }, most) => {
      const write = randomUUID();
      const { done, row } = await update({
        Key: socketKey(connection),
        UpdateExpression: "SET operations.#id = :mine",
        ConditionExpression:
          "attribute_exists(pk) AND attribute_not_exists(operations.#id) AND size(operations) < :most",
        ExpressionAttributeNames: { "#id": operation },
        ExpressionAttributeValues: {
          ":mine": { M: { job: { S: job }, write: { S: write } } },
          ":most": { N: String(most) },
        },
      });
      if (!done) {
        if (row === undefined) return "GONE";
        const known = row.operations!.M![operation];
        if (known === undefined) return "FULL";
        if (known.M!.write!.S !== write) return "KNOWN";
      }
      // Whoever dies before this leaves an operation that is told nothing, and whose client hears of its failed message.
      const Item = {
        ...subscriptionKey({ connection, operation, job }),
        asked: { S: asked },
        delivered: { N: String(delivered) },
        lockedUntil: { N: "0" },
        ...expiry(),
      };
      await client.send(new PutItemCommand({ TableName: table, Item }));
      return "SUBSCRIBED";
    },
    ofJob: async (job) => {
      const found: Subscription[] = [];
      for await (const row of rows(client, { TableName: table, ...subscriptionsOf(job), ConsistentRead: true })) {
        if (fresh(row)) found.push(subscriptionOf(row));
      }
      return found;
    },
    hold: async (key, milliseconds) => {
      const lock = randomUUID();
      const until = clock.now() + milliseconds;
      const { done, row } = await update({
        Key: subscriptionKey(key),
        UpdateExpression: "SET #lock = :lock, lockedUntil = :until",
        ConditionExpression: "attribute_exists(pk) AND (lockedUntil < :now OR #lock = :lock)",
        ExpressionAttributeNames: { "#lock": "lock" },
        ExpressionAttributeValues: {
          ":lock": { S: lock },
          ":until": { N: String(until) },
          ":now": { N: String(clock.now()) },
        },
      });
      if (row === undefined) return "GONE";
      return done || row.lock?.S === lock ? { ...subscriptionOf(row), lock, until } : "HELD";
    },
    delivered: async (held, delivered, milliseconds) => {
      const until = milliseconds === 0 ? 0 : clock.now() + milliseconds;
      const { done } = await update({
        Key: subscriptionKey(held),
        UpdateExpression: "SET delivered = :delivered, lockedUntil = :until",
        ConditionExpression: "#lock = :lock",
        ExpressionAttributeNames: { "#lock": "lock" },
        ExpressionAttributeValues: {
          ":delivered": { N: String(delivered) },
          ":until": { N: String(until) },
          ":lock": { S: held.lock },
        },
      });
      return done ? { ...held, delivered, until } : undefined;
    },
    complete: async (key) => {
      await remove(subscriptionKey(key));
      await update({
        Key: socketKey(key.connection),
        UpdateExpression: "REMOVE operations.#id",
        ConditionExpression: "attribute_exists(pk)",
        ExpressionAttributeNames: { "#id": key.operation },
      });
    },
    close: async (connection) => {
      const row = await remove(socketKey(connection));
      const followed = row ? operationsOf(row) : [];
      await Promise.all(
        Array.from(followed, ([operation, job]) => remove(subscriptionKey({ connection, operation, job }))),
      );
    },
  };
}
