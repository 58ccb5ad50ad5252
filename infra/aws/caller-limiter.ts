// Counts what callers use, in the table: one row for each owner and limit. A request costs one write; one that is repeated
// because its answer was lost counts twice.
import {
  type CallerLimiter,
  type CallerLimits,
  type Charge,
  charge,
  chargeOf,
  LimitExceededError,
  nowOf,
  type RateName,
} from "../auth/caller-limits.ts";
import type { Clock } from "../ports.ts";
import { createLruCache } from "../util/lru-cache.ts";
import { acquireSlot, releaseSlot } from "./caller-slots.ts";
import type { Dynamo, Item, Update } from "./clients/dynamo-calls.ts";
import { update } from "./connection-table.ts";
import { TABLE } from "./table.ts";

/** Buckets whose last known state this process remembers. */
const KNOWN_BUCKETS = 10_000;
/** DynamoDB deletes a row this long after its bucket is full. */
const EXPIRY_SECONDS = 60;

export function awsCallerLimiter(client: Dynamo, name: string, limits: CallerLimits, clock: Clock): CallerLimiter {
  const table = { client, name, clock };
  /** Times (microseconds since 1970) at which buckets are full again, as this process last saw them. */
  const known = createLruCache<number>(KNOWN_BUCKETS);

  const take = async (owner: string, rate: RateName, amounts: Charge): Promise<void> => {
    const key = `${rate} ${owner}`;
    for (;;) {
      const now = nowOf(clock);
      const seen = known.get(key) ?? 0;
      const { next, waitSeconds } = charge(seen, amounts, now);
      const isAhead = seen > now + amounts.window;
      // Without a call, so that a caller who goes on costs nothing.
      if (waitSeconds !== undefined && !isAhead) throw new LimitExceededError(rate, amounts.max, waitSeconds);
      const write = isAhead ? setBack(amounts, now) : seen > now ? addTo(amounts, now) : refill(next, now);
      const Key = limitKey(owner, rate);
      const { updated, row } = await update(table, { Key, ...write });
      known.set(key, fullAtOf(row), 1);
      if (updated && !isAhead) return;
    }
  };

  return {
    limits,
    take: async (owner, rate, amount = 1) => {
      const amounts = chargeOf(limits, rate, amount);
      if (amounts !== undefined) await take(owner, rate, amounts);
    },
    acquire: async (owner, { name: slots, id }, seconds) => {
      const max = limits[slots];
      if (max === undefined) return;
      const isAcquired = await acquireSlot(table, limitKey(owner, slots), { id, seconds, max });
      if (!isAcquired) throw new LimitExceededError(slots, max);
    },
    release: async (owner, { name: slots, id }) => {
      if (limits[slots] !== undefined) await releaseSlot(table, limitKey(owner, slots), id);
    },
  };
}

function limitKey(owner: string, limit: keyof CallerLimits): Item {
  return { pk: { S: `OWNER#${owner}` }, sk: { S: `LIMIT#${limit}` } };
}

function fullAtOf(row: Item | undefined): number {
  return Number(row?.fullAt?.N ?? 0);
}

type Write = Omit<Update, "TableName" | "Key">;

/** Charges a bucket that is full. */
function refill(next: number, now: number): Write {
  return {
    UpdateExpression: `SET fullAt = :next, ${TABLE.expiry} = :expiry`,
    ConditionExpression: "attribute_not_exists(fullAt) OR fullAt <= :now",
    ExpressionAttributeValues: { ":next": { N: `${next}` }, ":now": { N: `${now}` }, ":expiry": expiry(next) },
  };
}

/** Charges a bucket that is not full. */
function addTo({ cost, window }: Charge, now: number): Write {
  const end = now + window;
  return {
    UpdateExpression: `SET fullAt = fullAt + :cost, ${TABLE.expiry} = :expiry`,
    ConditionExpression: "fullAt > :now AND fullAt <= :latest",
    ExpressionAttributeValues: {
      ":cost": { N: `${cost}` },
      ":now": { N: `${now}` },
      ":latest": { N: `${end - cost}` },
      ":expiry": expiry(end),
    },
  };
}

/** Empties a bucket whose time lies too far ahead, after the clock was set back. */
function setBack({ window }: Charge, now: number): Write {
  const end = now + window;
  return {
    UpdateExpression: `SET fullAt = :end, ${TABLE.expiry} = :expiry`,
    ConditionExpression: "fullAt > :end",
    ExpressionAttributeValues: { ":end": { N: `${end}` }, ":expiry": expiry(end) },
  };
}

function expiry(fullAt: number) {
  return { N: `${Math.ceil(fullAt / 1e6) + EXPIRY_SECONDS}` };
}
