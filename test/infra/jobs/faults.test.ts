// Every call to the world fails, before it is carried out and after; and every promise to the client is kept.
import { expect, it } from "vitest";
import { failSometimes } from "../../support/faults.ts";
import { type Key, runWithFaults } from "../../support/jobs/stream.ts";
import { fakeTime } from "../../support/jobs/time.ts";
import { randomOf } from "../../support/random.ts";

fakeTime();

const KEYS: Key[] = ["plain", "flaky", "poison", "canceled", "short of time"];

it("every job ends correctly when no call fails", async () => {
  const job = await runWithFaults({ seed: 1, choose: () => undefined });
  expect(KEYS.map((key) => job(key).status)).toEqual(["SUCCEEDED", "SUCCEEDED", "FAILED", "CANCELED", "EXPIRED"]);
});

it.each(["before", "after"] as const)("keeps every promise when any one call fails %s", async (when) => {
  const counts = new Map<string, number>();
  await runWithFaults({ seed: 2, choose: (port, { method, nth }) => void counts.set(`${port}.${method}`, nth) });
  expect([...counts.keys()].sort()).toEqual([
    ...["blobs.get", "blobs.put", "queue.acknowledge", "queue.changeVisibility", "queue.receive", "queue.send"],
    ...["store.create", "store.due", "store.get", "store.picturesInFlight", "store.replace"],
  ]);
  const calls = [...counts].flatMap(([name, count]) => Array.from({ length: count }, (_, i) => [name, i + 1] as const));
  expect(calls.length).toBeGreaterThan(100);
  for (const [name, nth] of calls) {
    const choose = (port: string, call: { method: string; nth: number }) =>
      `${port}.${call.method}` === name && call.nth === nth ? when : undefined;
    const job = await runWithFaults({ seed: 2, choose });
    // One fault is never enough to change how a job ends, but for races with a client or the clock.
    expect([name, nth, job("plain").status, job("flaky").status]).toEqual([name, nth, "SUCCEEDED", "SUCCEEDED"]);
    expect([name, nth, job("poison").failure?.code]).toEqual([name, nth, "NUMERIC_FAILURE"]);
  }
});

const SOME_DIE = (random: () => number) => Array.from({ length: 3 }, () => random() * 40_000);

it.each([
  { rate: 0.02, days: 16 },
  { rate: 0.1, days: 16 },
  { rate: 0.3, days: 16 },
  { rate: 0.05, days: 8, latency: 100 },
  { rate: 0.05, days: 8, latency: 100, skew: 3_000 },
])("every job ends correctly when calls fail at random and workers die: %o", async ({ rate, days, ...weather }) => {
  const ends = new Set<string>();
  for (let seed = 1; seed <= days; seed++) {
    const chance = failSometimes(seed * 31, rate);
    const deaths = seed % 2 === 0 ? [] : SOME_DIE(randomOf(seed));
    const job = await runWithFaults({ seed, choose: (_, call) => chance(call), deaths, ...weather });
    for (const key of KEYS) ends.add(job(key).status);
  }
  expect([...ends].sort()).toEqual(["CANCELED", "EXPIRED", "FAILED", "SUCCEEDED"]);
});
