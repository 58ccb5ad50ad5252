// A lease in the table: of several processes, one may act in a period of time.
import { randomUUID } from "node:crypto";
import type { Clock } from "../ports.ts";
import { type ConnectionTable, update } from "./connection-table.ts";

export type Lease = {
  /** Returns true once in this many milliseconds, whichever process asks. */
  acquire(milliseconds: number): Promise<boolean>;
};

export function awsLease(client: ConnectionTable["client"], table: string, name: string, clock: Clock): Lease {
  return {
    acquire: async (milliseconds) => {
      const holder = randomUUID();
      const now = clock.now();
      const { updated, row } = await update(
        { client, name: table, clock },
        {
          Key: { pk: { S: `LEASE#${name}` }, sk: { S: "LEASE" } },
          UpdateExpression: "SET holder = :holder, heldUntil = :until",
          ConditionExpression: "attribute_not_exists(pk) OR heldUntil <= :now",
          ExpressionAttributeValues: {
            ":holder": { S: holder },
            ":until": { N: String(now + milliseconds) },
            ":now": { N: String(now) },
          },
        },
      );
      // A retry after a lost answer finds its own write.
      return updated || row?.holder?.S === holder;
    },
  };
}
