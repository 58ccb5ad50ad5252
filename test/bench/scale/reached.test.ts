import { expect, test } from "vitest";
import { arrivals } from "./demand.ts";
import { DEFAULTS, limitsOf, RECOMMENDED, reachedAt } from "./reached.ts";
import { refusedShare } from "./throttled.ts";

const TEN_MILLION = 1e7;

test("ten million pictures a day are refused nothing at the recommended settings, and reach no limit", () => {
  expect(refusedShare(arrivals(TEN_MILLION, 1), RECOMMENDED.rate)).toBe(0);
  for (const limit of limitsOf(RECOMMENDED)) expect(reachedAt(limit), limit.what).toBeGreaterThan(TEN_MILLION);
}, 120_000);

test("by default, workers are the first limit, and the rate is the first that refuses", () => {
  const byLoad = limitsOf(DEFAULTS).toSorted((a, b) => reachedAt(a) - reachedAt(b));
  expect(byLoad[0]!.what).toContain("maxWorkers");
  const refusing = byLoad.filter(({ above }) => above === "429");
  expect(refusing[0]!.what).toMatch(/SSE|rate/);
  const at = reachedAt(refusing.find(({ what }) => what.includes("rate"))!);
  expect(refusedShare(arrivals(at / 2, 1), DEFAULTS.rate)).toBe(0);
  expect(refusedShare(arrivals(at * 1.5, 1), DEFAULTS.rate)).toBeGreaterThan(0);
}, 120_000);
