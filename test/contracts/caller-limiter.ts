// What every CallerLimiter promises.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type CallerLimiter, type CallerLimits, LimitExceededError } from "../../infra/auth/caller-limits.ts";
import type { Clock } from "../../infra/ports.ts";
import { manualClock } from "../support/jobs/records.ts";

/** Another limiter of the same place is another process, where the adapter has several. */
type Place = { readonly open: (limits: CallerLimits, clock: Clock) => CallerLimiter; readonly close?: () => unknown };

async function refusal(act: Promise<unknown>): Promise<LimitExceededError> {
  const error = await act.then(
    () => "It was not refused",
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(LimitExceededError);
  return error;
}

export function callerLimiterContract(name: string, openPlace: () => Place | Promise<Place>): void {
  describe(`${name} counts what callers use`, () => {
    let place: Place;
    let clock: ReturnType<typeof manualClock>;
    beforeEach(async () => {
      place = await openPlace();
      clock = manualClock();
    });
    afterEach(() => place.close?.());
    const limited = (limits: CallerLimits) => place.open(limits, clock);
    const stream = (id: string) => ({ name: "streams", id }) as const;

    test("a rate allows its limit at once, then as much as time has passed, per owner", async () => {
      const limiter = limited({ requestsPerMinute: 6 });
      const take = (owner = "ada") => limiter.take(owner, "requestsPerMinute");
      for (let i = 0; i < 6; i++) await take();
      expect(await refusal(take())).toMatchObject({ limit: "requestsPerMinute", retryAfterSeconds: 10 });
      await take("bob");
      clock.pass(10);
      await take();
      expect((await refusal(take())).retryAfterSeconds).toBe(10);
      clock.pass(3_600);
      for (let i = 0; i < 6; i++) await take();
      await refusal(take());
    });

    test("calls at the same time count exactly", async () => {
      const limiter = limited({ jobsPerHour: 5, streams: 5 });
      const times = Array.from({ length: 20 }, (_, i) => i);
      const taken = await Promise.allSettled(times.map(() => limiter.take("ada", "jobsPerHour")));
      expect(taken.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
      const acquired = await Promise.allSettled(times.map((i) => limiter.acquire("ada", stream(`${i}`), 60)));
      expect(acquired.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
    });

    test("an amount counts as a whole, and a refused one counts nothing", async () => {
      const limiter = limited({ uploadBytesPerHour: 3_600 });
      await limiter.take("ada", "uploadBytesPerHour", 3_000);
      expect((await refusal(limiter.take("ada", "uploadBytesPerHour", 1_000))).retryAfterSeconds).toBe(400);
      await limiter.take("ada", "uploadBytesPerHour", 600);
    });

    test("a clock that was set back locks nobody out for longer than the window", async () => {
      const limiter = limited({ requestsPerMinute: 1 });
      const take = () => limiter.take("ada", "requestsPerMinute");
      await take();
      clock.pass(-86_400);
      expect((await refusal(take())).retryAfterSeconds).toBe(60);
      clock.pass(60);
      await take();
    });

    test("slots are occupied until they are released, per owner", async () => {
      const limiter = limited({ streams: 2, sockets: 1 });
      await limiter.acquire("ada", stream("1"), 60);
      await limiter.acquire("ada", stream("2"), 60);
      // The same again.
      await limiter.acquire("ada", stream("2"), 60);
      expect((await refusal(limiter.acquire("ada", stream("3"), 60))).limit).toBe("streams");
      await limiter.acquire("ada", { name: "sockets", id: "3" }, 60);
      await limiter.acquire("bob", stream("3"), 60);
      await limiter.release("ada", stream("1"));
      await limiter.release("ada", stream("1"));
      await limiter.release("ada", stream("never acquired"));
      await limiter.acquire("ada", stream("3"), 60);
      await refusal(limiter.acquire("ada", stream("4"), 60));
    });

    test("a slot whose holder died is free after its time", async () => {
      const limiter = limited({ streams: 2 });
      await limiter.acquire("ada", stream("1"), 60);
      await limiter.acquire("ada", stream("2"), 100);
      clock.pass(60);
      await limiter.acquire("ada", stream("3"), 60);
      await refusal(limiter.acquire("ada", stream("4"), 60));
      clock.pass(40);
      await limiter.acquire("ada", stream("4"), 60);
    });

    test("what has no limit is not counted", async () => {
      const limiter = limited({});
      for (let i = 0; i < 1_000; i++) await limiter.take("ada", "jobsPerHour");
      for (let i = 0; i < 1_000; i++) await limiter.acquire("ada", stream(`${i}`), 60);
      await limiter.release("ada", stream("1"));
    });
  });
}
