// The slots that connections and subscriptions occupy while their rows exist (infra/auth/caller-limits.ts).
import { createHash } from "node:crypto";
import type { CallerLimiter, Slot } from "../auth/caller-limits.ts";
import type { SubscriptionKey } from "./connection-items.ts";
import { RETENTION_SECONDS } from "./connection-table.ts";

/** Characters of an id in the row of slots, which has as many ids as the limit allows. */
const ID_LENGTH = 16;

const slotOf = (name: Slot["name"], ...id: readonly string[]): Slot => {
  return { name, id: createHash("sha256").update(id.join("#")).digest("base64url").slice(0, ID_LENGTH) };
};

export type ConnectionSlots = ReturnType<typeof connectionSlots>;

/** `acquire...` rejects with LimitExceededError. */
export function connectionSlots(limiter: CallerLimiter | undefined) {
  const acquire = async (owner: string, slot: Slot) => limiter?.acquire(owner, slot, RETENTION_SECONDS);
  const release = async (owner: string, slot: Slot) => limiter?.release(owner, slot);
  const stream = ({ connection, operation }: SubscriptionKey) => slotOf("streams", connection, operation);
  return {
    acquireSocket: (owner: string, connection: string) => acquire(owner, slotOf("sockets", connection)),
    releaseSocket: (owner: string, connection: string) => release(owner, slotOf("sockets", connection)),
    acquireStream: (owner: string, key: SubscriptionKey) => acquire(owner, stream(key)),
    releaseStream: (owner: string, key: SubscriptionKey) => release(owner, stream(key)),
  };
}
