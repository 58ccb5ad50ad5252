// Limits of what one owner may ask for, beside the quota of pictures in flight. Counted in this process.
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
};

export type RateName = Exclude<keyof CallerLimits, "streams">;

const WINDOW_MS: Readonly<Record<RateName, number>> = {
  requestsPerMinute: 60_000,
  uploadBytesPerHour: 3_600_000,
  jobsPerHour: 3_600_000,
};
/** Owners beyond this number are forgotten, those that used the least first. */
const MAX_BUCKETS = 10_000;
/** Pause that is advised when no time can be computed. */
const STREAM_RETRY_SECONDS = 5;

export class LimitExceededError extends Error {
  readonly limit: keyof CallerLimits;
  readonly retryAfterSeconds: number;

  constructor(limit: keyof CallerLimits, max: number, retryAfterSeconds: number) {
    super(`You have reached the limit ${limit} of ${max}. Retry after ${retryAfterSeconds} seconds.`);
    this.limit = limit;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Token buckets: a limit of n per window allows n at once, and n more over the next window. */
export class CallerLimiter {
  readonly limits: CallerLimits;
  readonly #clock: Clock;
  /** "<rate> <owner>" -> the time at which the bucket is full again. */
  readonly #fullAt = new Map<string, number>();
  readonly #streams = new Map<string, number>();

  constructor(limits: CallerLimits, clock: Clock) {
    this.limits = limits;
    this.#clock = clock;
  }

  /** Counts `amount`. Throws LimitExceededError, and counts nothing, if it exceeds what is left. */
  take(owner: string, rate: RateName, amount = 1): void {
    const max = this.limits[rate];
    if (max === undefined) return;
    const [window, now, key] = [WINDOW_MS[rate], this.#clock.now(), `${rate} ${owner}`];
    // After the clock was set back, a bucket is empty at most.
    const fullAt = Math.min(Math.max(this.#fullAt.get(key) ?? 0, now), now + window);
    const next = fullAt + (amount / max) * window;
    const isRefused = next > now + window;
    this.#fullAt.delete(key);
    this.#fullAt.set(key, isRefused ? fullAt : next);
    if (isRefused) throw new LimitExceededError(rate, max, Math.ceil((next - now - window) / 1000));
    if (this.#fullAt.size > MAX_BUCKETS) this.#forget(now);
  }

  /** Counts a stream until the returned function is called. Throws LimitExceededError. */
  openStream(owner: string): () => void {
    const { streams: max } = this.limits;
    const open = this.#streams.get(owner) ?? 0;
    if (max !== undefined && open >= max) throw new LimitExceededError("streams", max, STREAM_RETRY_SECONDS);
    this.#streams.set(owner, open + 1);
    let closed = false;
    return () => {
      if (closed) return;
      closed = true;
      const left = this.#streams.get(owner)! - 1;
      if (left === 0) this.#streams.delete(owner);
      else this.#streams.set(owner, left);
    };
  }

  #forget(now: number): void {
    for (const [key, fullAt] of this.#fullAt) if (fullAt <= now) this.#fullAt.delete(key);
    for (const key of this.#fullAt.keys()) {
      if (this.#fullAt.size <= MAX_BUCKETS) return;
      this.#fullAt.delete(key);
    }
  }
}
