import { expect, test } from "vitest";
import { createNotifier } from "../../../infra/util/notifier.ts";

/** Longer than a test may take. */
const LONG = 600_000;

test("wakes all who wait", async () => {
  const { wait, notify, version } = createNotifier();
  const waiting = Promise.all([wait(version, LONG), wait(version, LONG)]);
  notify();
  await waiting;
});

test("does not keep waiting who looked before it rang and came after", async () => {
  const proxy = createNotifier();
  const since = proxy.version;
  proxy.notify();
  await proxy.wait(since, LONG);
});

test("wakes after so long, however long that is", async () => {
  const proxy = createNotifier();
  await proxy.wait(proxy.version, -1);
  const month = proxy.wait(proxy.version, 30 * 24 * 60 * 60 * 1000).then(() => "woken");
  expect(await Promise.race([month, proxy.wait(proxy.version, 20)])).toBeUndefined();
  proxy.notify();
  expect(await month).toBe("woken");
});

test("wakes who is aborted, before or while they wait", async () => {
  const proxy = createNotifier();
  await proxy.wait(proxy.version, LONG, AbortSignal.abort());
  const abort = new AbortController();
  const waiting = proxy.wait(proxy.version, LONG, abort.signal);
  abort.abort();
  await waiting;
});
