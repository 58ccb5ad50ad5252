// What the sweeper does when the clock was set or the process was paused.
import { expect, test } from "vitest";
import { type ClockChange, createClockWatch } from "../../../functions/local/clock-watch.ts";
import { sweep } from "../../../functions/local/sweeper.ts";
import { DAY_MS } from "../../../infra/jobs/keys.ts";
import { silent } from "../../support/aws/lambda-events.ts";
import { fakeTime, pass } from "../../support/jobs/time.ts";

fakeTime();

const SECOND: ClockChange = { jump: 0, elapsed: 1_000 };

/** `changes` are what the first turns observe; later ones observe a second each. */
async function run(
  seconds: number,
  changes: readonly ClockChange[] = [],
  idleMs = 0,
  removing = Promise.resolve(),
): Promise<Map<string, number>> {
  const calls = new Map<string, number>();
  const count =
    <T>(name: string, result: T) =>
    async () => {
      calls.set(name, (calls.get(name) ?? 0) + 1);
      return result;
    };
  const end = new AbortController();
  let turn = 0;
  const ended = sweep({
    jobs: { sweep: count("sweep", false), correctTimes: count("correct", undefined) },
    queue: { reclaim: count("reclaim", undefined) },
    store: { forget: count("forget", 0) },
    blobs: { removeExpired: async () => removing.then(count("remove", undefined)) },
    log: silent,
    signal: end.signal,
    idleMs,
    observe: () => changes[turn++] ?? SECOND,
  });
  await pass(seconds * 1_000, 1_000);
  end.abort();
  await ended;
  return calls;
}

test("deadlines are applied each second, and old items deleted each minute", async () => {
  const calls = await run(119.5);
  expect(calls.get("sweep")).toBe(120);
  expect(calls.get("forget")).toBe(2);
  expect(calls.has("correct")).toBe(false);
});

test("deleting that takes long is not begun again meanwhile", async () => {
  const removing = new Promise<void>((resolve) => setTimeout(resolve, 359_200));
  const calls = await run(419.5, [], 0, removing);
  expect(calls.get("sweep")).toBe(420);
  expect(calls.get("remove")).toBe(2);
});

test("after a pause, workers renew their leases before any is taken from them", async () => {
  const paused = { jump: 0, elapsed: 35_000 };
  expect((await run(8.5, [paused])).get("sweep")).toBeUndefined();
  expect((await run(12.5, [paused])).get("sweep")).toBeGreaterThan(0);
  // A laptop that slept: only the wall clock has moved.
  expect((await run(8.5, [{ jump: 3_600_000, elapsed: 3_600_000 }])).get("sweep")).toBeUndefined();
});

test("a clock that is set back corrects jobs and messages", async () => {
  const calls = await run(3.5, [SECOND, { jump: -3_600_000, elapsed: 1_000 }]);
  expect([calls.get("correct"), calls.get("reclaim")]).toEqual([1, 1]);
});

test.each<[string, readonly ClockChange[], number]>([
  ["while the server runs", [{ jump: 400 * DAY_MS, elapsed: 400 * DAY_MS }], 0],
  ["before it starts", [], 400 * DAY_MS],
])("a clock that jumps far ahead %s deletes nothing for an hour", async (_, changes, idleMs) => {
  expect((await run(3_500, changes, idleMs)).get("forget")).toBeUndefined();
  expect((await run(3_700, changes, idleMs)).get("forget")).toBeGreaterThan(0);
});

test("the watch tells a set clock from time that has passed", () => {
  let [wall, steady] = [1_000_000, 500];
  const observe = createClockWatch(
    () => wall,
    () => steady,
  );
  [wall, steady] = [wall + 1_000, steady + 1_000];
  expect(observe()).toEqual({ jump: 0, elapsed: 1_000 });
  [wall, steady] = [wall - 60_000, steady + 1_000];
  expect(observe()).toEqual({ jump: -61_000, elapsed: 1_000 });
  [wall, steady] = [wall + 30_000, steady + 1_000];
  expect(observe()).toEqual({ jump: 29_000, elapsed: 30_000 });
});
