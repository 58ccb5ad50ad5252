import { setMaxListeners } from "node:events";
import { describe, expect, it, vi } from "vitest";
import type { JobEvent } from "../../../infra/jobs/job.ts";
import * as transitions from "../../../infra/jobs/transitions.ts";
import { compareAndSwap } from "../../../infra/jobs/update.ts";
import { type ObservedEvent, watch } from "../../../infra/jobs/watch.ts";
import { accepted, picture, START } from "../../support/jobs/builders.ts";
import { MemoryStore } from "../../support/jobs/in-memory-adapters.ts";
import { fakeTime, pass, settled, until } from "../../support/jobs/time.ts";

fakeTime();

const BUSY = { pictures: 60, endSeconds: 100_000 };

async function stored(store = new MemoryStore()): Promise<MemoryStore> {
  await store.create(accepted(BUSY));
  await compareAndSwap(store, "job", (job) => transitions.lease(job, "w", START));
  return store;
}

const draw = (store: MemoryStore, index: number) =>
  compareAndSwap(store, "job", (job) => transitions.addPicture(job, 1, picture(index), START));
const end = (store: MemoryStore) => compareAndSwap(store, "job", (job) => transitions.cancel(job, START));

/** The events that a watch has yielded so far, and whether it has ended. */
function follow(watched: AsyncGenerator<ObservedEvent, void, undefined>) {
  const received: JobEvent[] = [];
  const seen = { received, over: false, seqs: () => received.map(({ seq }) => seq) };
  void (async () => {
    for await (const { event, record } of watched) {
      expect(record.events).toContain(event);
      received.push(event);
    }
    seen.over = true;
  })();
  return seen;
}

const upTo = (n: number, from = 1) => Array.from({ length: n - from + 1 }, (_, i) => i + from);

describe("a watch", () => {
  it("yields past events, then new ones, and ends with the job", async () => {
    const store = await stored();
    const seen = follow(watch(store, "job", 0));
    await settled();
    expect(seen.seqs()).toEqual([1, 2]);
    // From here on each wake-up brings the record: nothing has to be read.
    const get = vi.spyOn(store, "get");
    await draw(store, 0);
    await settled();
    expect(seen.seqs()).toEqual([1, 2, 3]);
    await end(store);
    await settled();
    expect(seen).toMatchObject({ over: true });
    expect(seen.received.map(({ type }) => type)).toEqual(["QUEUED", "STARTED", "PICTURE_READY", "CANCELED"]);
    // One read of each `change` above, none of the watch.
    expect([store.listeners.size, get.mock.calls.length]).toEqual([0, 2]);
  });

  it.each([
    [1, [2, 3]],
    [2, [3]],
    [3, []],
    [99, []],
    [-1, [1, 2, 3]],
  ])("resumes after event %i", async (after, expected) => {
    const store = await stored();
    await end(store);
    const seen = follow(watch(store, "job", after));
    await settled();
    expect(seen).toMatchObject({ over: true });
    expect(seen.seqs()).toEqual(expected);
  });

  it("ends at once for a job that does not exist or was deleted", async () => {
    const store = await stored();
    const [never, forgotten] = [follow(watch(store, "other", 0)), follow(watch(store, "job", 0))];
    await settled();
    expect(never).toMatchObject({ received: [], over: true });
    store.records.clear();
    await pass(5_000);
    expect(forgotten.over).toBe(true);
  });

  it("yields each event exactly once during concurrent writes and slow reads", async () => {
    for (const mode of ["with the record", "without it", "never"] as const) {
      const store = new MemoryStore();
      const { get, listen } = store;
      await stored(store);
      // Answers that are old when they arrive.
      store.get = async (id) => {
        const record = await get.call(store, id);
        await new Promise((resolve) => setTimeout(resolve, 130));
        return record;
      };
      store.listen = (id, wake) =>
        listen.call(store, id, (record) => mode !== "never" && wake(mode === "without it" ? undefined : record));
      const seen = upTo(5).map((after) => follow(watch(store, "job", after - 1)));
      for (let index = 0; index < 60; index++) {
        const job = store.records.get("job")!;
        await store.replace(job, transitions.addPicture(job, 1, picture(index), START)!);
        await pass(index % 7 === 0 ? 300 : 10, 10);
      }
      const job = store.records.get("job")!;
      await store.replace(job, transitions.cancel(job, START)!);
      await pass(mode === "never" ? 5_200 : 300);
      for (const [i, one] of seen.entries()) {
        expect(one.seqs()).toEqual(upTo(63, i + 1));
        expect(one.over).toBe(true);
      }
    }
  });

  it("notices a write between its read and its wait at once", async () => {
    const store = await stored();
    const { get } = store;
    // The first read is overtaken by a write whose wake-up comes without the record.
    const wakes = new Set<() => void>();
    store.listen = (_, wake) => {
      wakes.add(() => wake(undefined));
      return () => wakes.clear();
    };
    store.get = async (id) => {
      const record = await get.call(store, id);
      store.get = get;
      await draw(store, 0);
      for (const wake of wakes) wake();
      return record;
    };
    const seen = follow(watch(store, "job", 0));
    await settled();
    expect(seen.seqs()).toEqual([1, 2, 3]);
  });

  it("keeps its position while the consumer is slow", async () => {
    const store = await stored();
    const watched = watch(store, "job", 0);
    await watched.next();
    for (let index = 0; index < 5; index++) await draw(store, index);
    await end(store);
    const rest: number[] = [];
    for await (const { event } of watched) rest.push(event.seq);
    expect(rest).toEqual(upTo(8, 2));
  });
});

describe("the end of a watch", () => {
  /** An abort signal that knows its listeners. */
  function counted() {
    const abort = new AbortController();
    const { signal } = abort;
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners++;
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners--;
      removeEventListener.apply(signal, args);
    };
    return { abort, signal, listeners: () => listeners };
  }

  it("is immediate after an abort, and leaves no listener", async () => {
    const store = await stored();
    const { abort, signal, listeners } = counted();
    const seen = follow(watch(store, "job", 0, signal));
    await settled();
    expect([store.listeners.size, listeners()]).toEqual([1, 1]);
    abort.abort();
    await settled();
    expect(seen).toMatchObject({ over: true });
    expect([store.listeners.size, listeners()]).toEqual([0, 0]);
    expect(vi.getTimerCount()).toBe(0);
    expect(store.records.get("job")?.status).toBe("RUNNING");
  });

  it("yields nothing after an abort before the start or between two events", async () => {
    const store = await stored();
    const early = new AbortController();
    early.abort();
    expect(await watch(store, "job", 0, early.signal).next()).toEqual({ done: true, value: undefined });
    const slow = new AbortController();
    const watched = watch(store, "job", 0, slow.signal);
    expect((await watched.next()).value?.event.seq).toBe(1);
    slow.abort();
    expect((await watched.next()).done).toBe(true);
    expect(store.listeners.size).toBe(0);
  });

  it("is immediate after return, even while next is pending", async () => {
    const store = await stored();
    const { signal, listeners } = counted();
    const watched = watch(store, "job", 2, signal);
    const next = watched.next();
    await settled();
    const returned = watched.return();
    expect(await Promise.all([next, returned])).toEqual(Array(2).fill({ done: true, value: undefined }));
    expect([store.listeners.size, listeners()]).toEqual([0, 0]);
  });

  it("comes with the end of the job, for two hundred watchers", async () => {
    const store = await stored();
    const { signal, listeners } = counted();
    setMaxListeners(0, signal);
    const seen = upTo(200).map(() => follow(watch(store, "job", 0, signal)));
    await settled();
    await end(store);
    await until(() => seen.every(({ over }) => over), 0);
    expect(seen.every(({ received }) => received.length === 3)).toBe(true);
    expect([store.listeners.size, listeners()]).toEqual([0, 0]);
  });
});
