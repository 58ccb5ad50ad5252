// Limits of what one owner may ask for, beside the quota of pictures in flight.
import type { Clock } from "../ports.ts";

/** Undefined: no limit. */
export type CallerLimits = {
  readonly requestsPerMinute?: number | undefined;
  /** Sum of the sizes that upload forms allow, in bytes. */
  readonly uploadBytesPerHour?: number | undefined;
  /** Accepted jobs. A repeated request with the same idempotency key does not count. */
  readonly jobsPerHour?: number | undefined;
  /** Subscriptions at a time, over all connections. */
  readonly streams?: number | undefined;
  /** WebSockets at a time. */
  readonly sockets?: number | undefined;
};

export type RateName = "requestsPerMinute" | "uploadBytesPerHour" | "jobsPerHour";
export type SlotName = "streams" | "sockets";

/** `id` is unique among the owner's slots of this name. */
export type Slot = { readonly name: SlotName; readonly id: string };

/** Counts what owners use. Both adapters pass test/contracts/caller-limiter.ts. */
export type CallerLimiter = {
  readonly limits: CallerLimits;
  /**
   * Counts `amount` in a token bucket: a limit of n per window allows n at once, and n more over the next window. Rejects
   * with LimitExceededError, and counts nothing, if it exceeds what is left.
   */
  take(owner: string, rate: RateName, amount?: number): Promise<void>;
  /**
   * Occupies a slot until it is released, for `seconds` at most: its holder may die. The same id again extends it. Rejects
   * with LimitExceededError if all are occupied.
   */
  acquire(owner: string, slot: Slot, seconds: number): Promise<void>;
  /** A free slot is not an error. */
  release(owner: string, slot: Slot): Promise<void>;
};

const WINDOW_MS: Readonly<Record<RateName, number>> = {
  requestsPerMinute: 60_000,
  uploadBytesPerHour: 3_600_000,
  jobsPerHour: 3_600_000,
};

/** Pause that is advised when no time can be computed. */
const SLOT_RETRY_SECONDS = 5;

export class LimitExceededError extends Error {
  readonly limit: keyof CallerLimits;
  readonly retryAfterSeconds: number;

  constructor(limit: keyof CallerLimits, max: number, retryAfterSeconds: number = SLOT_RETRY_SECONDS) {
    super(`You have reached the limit ${limit} of ${max}. Retry after ${retryAfterSeconds} seconds.`);
    this.limit = limit;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/**
 * An amount of a rate as the time in which its bucket gains it. Times are whole microseconds, which JavaScript and DynamoDB
 * add without rounding.
 */
export type Charge = { readonly max: number; readonly window: number; readonly cost: number };

/** Undefined if the rate has no limit. */
export function chargeOf(limits: CallerLimits, rate: RateName, amount: number): Charge | undefined {
  const max = limits[rate];
  const window = WINDOW_MS[rate] * 1_000;
  return max === undefined ? undefined : { max, window, cost: Math.ceil((amount / max) * window) };
}

/**
 * A bucket is one number, the time since 1970 at which it is full again. `fullAt` is the one before the charge, `next` the
 * one after it; `waitSeconds` is set if the charge exceeds what is left. All times but that are in microseconds.
 */
export function charge(
  known: number,
  { window, cost }: Charge,
  now: number,
): { readonly fullAt: number; readonly next: number; readonly waitSeconds: number | undefined } {
  // After the clock was set back, a bucket is empty at most.
  const fullAt = Math.min(Math.max(known, now), now + window);
  const next = fullAt + cost;
  const excess = next - now - window;
  return { fullAt, next, waitSeconds: excess > 0 ? Math.ceil(excess / 1e6) : undefined };
}

/** Microseconds since 1970. */
export const nowOf = (clock: Clock): number => clock.now() * 1_000;
