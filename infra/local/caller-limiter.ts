// Counts what callers use, in this process.
import {
  type CallerLimiter,
  type CallerLimits,
  charge,
  chargeOf,
  LimitExceededError,
  nowOf,
  type Slot,
} from "../auth/caller-limits.ts";
import type { Clock } from "../ports.ts";
import { createLruCache } from "../util/lru-cache.ts";

/** Owners and rates beyond this number are forgotten, the least recently used first. */
const MAX_BUCKETS = 10_000;

export function localCallerLimiter(limits: CallerLimits, clock: Clock): CallerLimiter {
  /** "<rate> <owner>" -> the time (microseconds since 1970) at which the bucket is full again. */
  const buckets = createLruCache<number>(MAX_BUCKETS);
  /** "<name> <owner>" -> id -> the time (ms) at which the slot is free. */
  const slots = new Map<string, Map<string, number>>();

  return {
    limits,
    take: async (owner, rate, amount = 1) => {
      const amounts = chargeOf(limits, rate, amount);
      if (amounts === undefined) return;
      const [now, key] = [nowOf(clock), `${rate} ${owner}`];
      const { fullAt, next, waitSeconds } = charge(buckets.get(key) ?? 0, amounts, now);
      buckets.set(key, waitSeconds === undefined ? next : fullAt, 1);
      if (waitSeconds !== undefined) throw new LimitExceededError(rate, amounts.max, waitSeconds);
    },
    acquire: async (owner, { name, id }: Slot, seconds) => {
      const max = limits[name];
      if (max === undefined) return;
      const [now, key] = [clock.now(), `${name} ${owner}`];
      const occupied = slots.get(key) ?? new Map<string, number>();
      if (occupied.size >= max) for (const [other, until] of occupied) if (until <= now) occupied.delete(other);
      if (occupied.size >= max && !occupied.has(id)) throw new LimitExceededError(name, max);
      slots.set(key, occupied.set(id, now + seconds * 1000));
    },
    release: async (owner, { name, id }) => {
      const key = `${name} ${owner}`;
      const occupied = slots.get(key);
      occupied?.delete(id);
      if (occupied?.size === 0) slots.delete(key);
    },
  };
}
