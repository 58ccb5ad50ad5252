import { expect, test } from "vitest";
import { bell } from "../../../infra/util/notifier.ts";

/** Longer than a test may take. */
const LONG = 600_000;

test("wakes all who wait", async () => {
  const { heard, ring, rings } = bell();
  const waiting = Promise.all([heard(rings, LONG), heard(rings, LONG)]);
  ring();
  await waiting;
});

test("does not keep waiting who looked before it rang and came after", async () => {
  const door = bell();
  const since = door.rings;
  door.ring();
  await door.heard(since, LONG);
});

test("wakes after so long, however long that is", async () => {
  const door = bell();
  await door.heard(door.rings, -1);
  const month = door.heard(door.rings, 30 * 24 * 60 * 60 * 1000).then(() => "woken");
  expect(await Promise.race([month, door.heard(door.rings, 20)])).toBeUndefined();
  door.ring();
  expect(await month).toBe("woken");
});

test("wakes who is aborted, before or while they wait", async () => {
  const door = bell();
  await door.heard(door.rings, LONG, AbortSignal.abort());
  const abort = new AbortController();
  const waiting = door.heard(door.rings, LONG, abort.signal);
  abort.abort();
  await waiting;
});
