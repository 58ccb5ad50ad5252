// Sockets and subscriptions, and their rows in the table (table.ts).
import type { Item, Query } from "./clients/dynamo-calls.ts";
import { jobIdOf } from "./item.ts";

export type Socket = {
  readonly connection: string;
  /** Identifies the caller, by the upgrade request and then by connection_init. Contains no credentials. */
  readonly caller: string | undefined;
  readonly acknowledged: boolean;
  /** Ids of the jobs that are followed over the socket, by operation id. */
  readonly operations: ReadonlyMap<string, string>;
};

export type SubscriptionKey = { readonly connection: string; readonly operation: string; readonly job: string };

export type Subscription = SubscriptionKey & {
  /** The subscriber's operation, serialized by the caller of this module. */
  readonly request: string;
  /** `seq` of the last delivered event. */
  readonly delivered: number;
};

const PREFIX = "SUB#";

export function socketKey(connection: string): Item {
  return { pk: { S: `SOCKET#${connection}` }, sk: { S: "SOCKET" } };
}

/** API Gateway's connection ids are base64, so the first "#" ends them. */
export function subscriptionKey({ connection, operation, job }: SubscriptionKey): Item {
  return { pk: { S: `JOB#${job}` }, sk: { S: `${PREFIX}${connection}#${operation}` } };
}

export function subscriptionsQuery(job: string): Omit<Query, "TableName"> {
  return {
    KeyConditionExpression: "pk = :pk AND begins_with(sk, :sub)",
    ExpressionAttributeValues: { ":pk": { S: `JOB#${job}` }, ":sub": { S: PREFIX } },
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

export function parseOperations(row: Item): ReadonlyMap<string, string> {
  return new Map(Object.entries(row.operations!.M!).map(([operation, { M }]) => [operation, M!.job!.S!]));
}

export function parseSubscription(row: Item): Subscription {
  const [, connection, operation] = /^SUB#([^#]*)#(.*)$/s.exec(row.sk!.S!)!;
  return {
    connection: connection!,
    operation: operation!,
    job: jobIdOf(row),
    request: row.request!.S!,
    delivered: Number(row.delivered!.N),
  };
}
