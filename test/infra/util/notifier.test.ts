import { expect, test } from "vitest";
import { createNotifier } from "../../../infra/util/notifier.ts";

/** Longer than a test may take. */
const LONG = 600_000;

test("notify wakes every waiter", async () => {
  const { wait, notify, version } = createNotifier();
  const waiting = Promise.all([wait(version, LONG), wait(version, LONG)]);
  notify();
  await waiting;
});

test("wait resolves at once if the version has changed since", async () => {
  const proxy = createNotifier();
  const since = proxy.version;
  proxy.notify();
  await proxy.wait(since, LONG);
});

test("wait resolves after its time limit, even for very long ones", async () => {
  const proxy = createNotifier();
  await proxy.wait(proxy.version, -1);
  const month = proxy.wait(proxy.version, 30 * 24 * 60 * 60 * 1000).then(() => "woken");
  expect(await Promise.race([month, proxy.wait(proxy.version, 20)])).toBeUndefined();
  proxy.notify();
  expect(await month).toBe("woken");
});

test("an abort ends a wait, before or during it", async () => {
  const proxy = createNotifier();
  await proxy.wait(proxy.version, LONG, AbortSignal.abort());
  const abort = new AbortController();
  const waiting = proxy.wait(proxy.version, LONG, abort.signal);
  abort.abort();
  await waiting;
});
