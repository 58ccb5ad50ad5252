import type { JobStore } from "../ports.ts";
import { createNotifier } from "../util/notifier.ts";
import { isTerminal, type JobEvent, type JobRecord } from "./job.ts";

/** A wake-up may be missed (ports.ts); then the log is read again after so long. */
const POLL_MS = 5_000;

export type ObservedEvent = { readonly event: JobEvent; readonly record: JobRecord };

/**
 * Every event after number `after`, first those that happened, then those that happen; ends after the job's last. Each
 * comes with the record as it stood when it was read. An abort ends the watch, never the job.
 */
export function watch(
  store: JobStore,
  id: string,
  after: number,
  signal?: AbortSignal,
): AsyncGenerator<ObservedEvent, void, undefined> {
  const end = new AbortController();
  const sightings = follow(store, id, Math.max(0, after), end, signal);
  const { return: finish } = sightings;
  // A generator's own `return` waits until the `next` before it was answered, and here that may take hours.
  sightings.return = (value) => {
    end.abort();
    return finish.call(sightings, value);
  };
  return sightings;
}

async function* follow(
  store: JobStore,
  id: string,
  after: number,
  end: AbortController,
  signal?: AbortSignal,
): AsyncGenerator<ObservedEvent, void, undefined> {
  const changed = createNotifier();
  let newest: JobRecord | undefined;
  const hear = (record: JobRecord | undefined) => {
    if (record && record.version > (newest?.version ?? 0)) newest = record;
  };
  const stop = store.listen(id, (record) => {
    hear(record);
    changed.notify();
  });
  const leave = () => end.abort();
  signal?.addEventListener("abort", leave);
  if (signal?.aborted) leave();
  try {
    let told = after;
    let seen: JobRecord | undefined;
    while (!end.signal.aborted) {
      // Before the read: what is written while it runs may not be in its answer.
      const since = changed.version;
      if (newest === seen) {
        const read = await store.get(id);
        if (read === undefined) return;
        hear(read);
      }
      seen = newest!;
      for (const event of seen.events.slice(told)) {
        if (end.signal.aborted) return;
        yield { event, record: seen };
      }
      told = Math.max(told, seen.events.length);
      if (isTerminal(seen)) return;
      await changed.wait(since, POLL_MS, end.signal);
    }
  } finally {
    stop();
    signal?.removeEventListener("abort", leave);
  }
}
