import type { JobStore } from "../ports.ts";
import { createNotifier } from "../util/notifier.ts";
import { isTerminal, type JobEvent, type JobRecord } from "./job.ts";

/** The store may miss a wake-up (ports.ts), so the record is read again after this time. */
const POLL_MS = 5_000;

export type ObservedEvent = { readonly event: JobEvent; readonly record: JobRecord };

/**
 * Yields every event whose number is greater than `after`: first the past ones, then new ones as they happen. Ends after
 * the job's last event. Each event comes with the record it was read from. Aborting ends the watch, not the job.
 */
export function watch(
  store: JobStore,
  id: string,
  after: number,
  signal?: AbortSignal,
): AsyncGenerator<ObservedEvent, void, undefined> {
  const end = new AbortController();
  const events = follow(store, id, Math.max(0, after), end, signal);
  const { return: finish } = events;
  // A generator's own `return` waits for the pending `next`, which may take hours here.
  events.return = (value) => {
    end.abort();
    return finish.call(events, value);
  };
  return events;
}

async function* follow(
  store: JobStore,
  id: string,
  after: number,
  end: AbortController,
  signal?: AbortSignal,
): AsyncGenerator<ObservedEvent, void, undefined> {
  const changes = createNotifier();
  let newest: JobRecord | undefined;
  const remember = (record: JobRecord | undefined) => {
    if (record && record.version > (newest?.version ?? 0)) newest = record;
  };
  const stopListening = store.listen(id, (record) => {
    remember(record);
    changes.notify();
  });
  const abort = () => end.abort();
  signal?.addEventListener("abort", abort);
  if (signal?.aborted) abort();
  try {
    let delivered = after;
    let current: JobRecord | undefined;
    while (!end.signal.aborted) {
      // Taken before the read, because the read may miss a write that happens during it.
      const since = changes.version;
      if (newest === current) {
        const read = await store.get(id);
        if (read === undefined) return;
        remember(read);
      }
      current = newest!;
      for (const event of current.events.slice(delivered)) {
        if (end.signal.aborted) return;
        yield { event, record: current };
      }
      delivered = Math.max(delivered, current.events.length);
      if (isTerminal(current)) return;
      await changes.wait(since, POLL_MS, end.signal);
    }
  } finally {
    stopListening();
    signal?.removeEventListener("abort", abort);
  }
}
