import { expect, test } from "vitest";
import { CallerLimiter, LimitExceededError } from "../../../infra/auth/caller-limits.ts";
import { manualClock } from "../../support/jobs/records.ts";

function refusal(act: () => unknown): LimitExceededError {
  try {
    act();
  } catch (error) {
    if (error instanceof LimitExceededError) return error;
    throw error;
  }
  throw new Error("It was not refused");
}

test("a rate allows its limit at once, then as much as time has passed, per owner", () => {
  const clock = manualClock();
  const limiter = new CallerLimiter({ requestsPerMinute: 6 }, clock);
  const take = (owner = "ada") => limiter.take(owner, "requestsPerMinute");
  for (let i = 0; i < 6; i++) take();
  expect(refusal(take)).toMatchObject({ limit: "requestsPerMinute", retryAfterSeconds: 10 });
  take("bob");
  clock.pass(10);
  take();
  expect(refusal(take).retryAfterSeconds).toBe(10);
  clock.pass(3_600);
  for (let i = 0; i < 6; i++) take();
  expect(() => take()).toThrow(LimitExceededError);
});

test("an amount counts as a whole, and a refused one counts nothing", () => {
  const clock = manualClock();
  const limiter = new CallerLimiter({ uploadBytesPerHour: 3_600 }, clock);
  limiter.take("ada", "uploadBytesPerHour", 3_000);
  expect(refusal(() => limiter.take("ada", "uploadBytesPerHour", 1_000)).retryAfterSeconds).toBe(400);
  limiter.take("ada", "uploadBytesPerHour", 600);
});

test("a clock that was set back locks nobody out for longer than the window", () => {
  const clock = manualClock();
  const limiter = new CallerLimiter({ requestsPerMinute: 1 }, clock);
  limiter.take("ada", "requestsPerMinute");
  clock.pass(-86_400);
  expect(refusal(() => limiter.take("ada", "requestsPerMinute")).retryAfterSeconds).toBe(60);
  clock.pass(60);
  limiter.take("ada", "requestsPerMinute");
});

test("streams are counted until they end, once each", () => {
  const limiter = new CallerLimiter({ streams: 2 }, manualClock());
  const close = limiter.openStream("ada");
  limiter.openStream("ada");
  expect(refusal(() => limiter.openStream("ada")).limit).toBe("streams");
  limiter.openStream("bob");
  close();
  close();
  limiter.openStream("ada");
  expect(() => limiter.openStream("ada")).toThrow(LimitExceededError);
});

test("what has no limit is not counted", () => {
  const limiter = new CallerLimiter({}, manualClock());
  for (let i = 0; i < 1_000; i++) limiter.take("ada", "jobsPerHour");
  for (let i = 0; i < 1_000; i++) limiter.openStream("ada");
});
