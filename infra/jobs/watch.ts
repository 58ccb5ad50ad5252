import type { JobStore } from "../ports.ts";
import { interruptible } from "../util/interruptible.ts";
import { createNotifier } from "../util/notifier.ts";
import { isTerminal, type JobEvent, type JobRecord } from "./job.ts";

/** The store may miss a wake-up (ports.ts), so records are read again after this time. */
export const POLL_MS = 5_000;

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
  return interruptible((end) => follow(store, id, Math.max(0, after), end), signal);
}

async function* follow(
  store: JobStore,
  id: string,
  after: number,
  end: AbortSignal,
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
  try {
    let delivered = after;
    let current: JobRecord | undefined;
    while (!end.aborted) {
      // Taken before the read, because the read may miss a write that happens during it.
      const since = changes.version;
      if (newest === current) {
        const read = await store.get(id);
        if (read === undefined) return;
        remember(read);
      }
      current = newest!;
      for (const event of current.events.slice(delivered)) yield { event, record: current };
      delivered = Math.max(delivered, current.events.length);
      if (isTerminal(current)) return;
      await changes.wait(since, POLL_MS, end);
    }
  } finally {
    stopListening();
  }
}
