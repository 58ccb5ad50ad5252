// Slots of one owner and limit: a row with a map from the slot's id to the time (ms) until which it is occupied.
import type { Item } from "./clients/dynamo-calls.ts";
import { type ConnectionTable, expiry, update } from "./connection-table.ts";
import { TABLE } from "./table.ts";

/** An expression has 4 KB at most. */
const MAX_REMOVED = 50;

type Acquisition = { readonly id: string; readonly seconds: number; readonly max: number };

/** Returns false if all slots are occupied. */
export async function acquireSlot(table: ConnectionTable, Key: Item, slot: Acquisition): Promise<boolean> {
  const now = table.clock.now();
  const value = { N: `${now + slot.seconds * 1000}` };
  const shared = { ":expiry": expiry(table)[TABLE.expiry]! };
  let expired: readonly string[] = [];
  for (;;) {
    const removed = expired.map((_, i) => `slots.#e${i}`);
    // Others may remove the same slots.
    const allThere = removed.map((path) => ` AND attribute_exists(${path})`).join("");
    const { updated, row } = await update(table, {
      Key,
      UpdateExpression: `SET slots.#id = :until, ${TABLE.expiry} = :expiry${expired.length > 0 ? ` REMOVE ${removed.join(", ")}` : ""}`,
      ConditionExpression: `attribute_exists(slots) AND (size(slots) < :max OR attribute_exists(slots.#id))${allThere}`,
      ExpressionAttributeNames: { "#id": slot.id, ...Object.fromEntries(expired.map((id, i) => [`#e${i}`, id])) },
      ExpressionAttributeValues: { ...shared, ":until": value, ":max": { N: `${slot.max + expired.length}` } },
    });
    if (updated) return true;
    if (row?.slots === undefined) {
      const created = await update(table, {
        Key,
        UpdateExpression: `SET slots = :slots, ${TABLE.expiry} = :expiry`,
        ConditionExpression: "attribute_not_exists(slots)",
        ExpressionAttributeValues: { ...shared, ":slots": { M: { [slot.id]: value } } },
      });
      if (created.updated) return true;
      continue;
    }
    const occupied = Object.entries(row.slots.M!);
    expired = occupied
      .filter(([, { N }]) => Number(N) <= now)
      .map(([id]) => id)
      .slice(0, MAX_REMOVED);
    if (occupied.length - expired.length >= slot.max) return false;
  }
}

export async function releaseSlot(table: ConnectionTable, Key: Item, id: string): Promise<void> {
  await update(table, {
    Key,
    UpdateExpression: "REMOVE slots.#id",
    ConditionExpression: "attribute_exists(slots)",
    ExpressionAttributeNames: { "#id": id },
  });
}
