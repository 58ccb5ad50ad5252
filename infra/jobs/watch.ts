import type { JobStore } from "../ports.ts";
import { type JobEvent, type JobRecord, over } from "./job.ts";

/** A wake-up may be missed (ports.ts); then the log is read again after so long. */
const POLL_MS = 5_000;

export type Sighting = { readonly event: JobEvent; readonly record: JobRecord };

/**
 * Every event after number `after`, first those that happened, then those that happen; ends after the job's last. Each
 * comes with the record as it stood when it was read. An abort ends the watch, never the job.
 */
export function watch(
  store: JobStore,
  id: string,
  after: number,
  signal?: AbortSignal,
): AsyncGenerator<Sighting, void, undefined> {
  const bell = new Bell();
  const sightings = follow(store, id, Math.max(0, after), bell, signal);
  const { return: finish } = sightings;
  // A generator's own `return` waits until the `next` before it was answered, and here that may take hours.
  sightings.return = (value) => {
    bell.silence();
    return finish.call(sightings, value);
  };
  return sightings;
}

async function* follow(
  store: JobStore,
  id: string,
  after: number,
  bell: Bell,
  signal?: AbortSignal,
): AsyncGenerator<Sighting, void, undefined> {
  let newest: JobRecord | undefined;
  const hear = (record: JobRecord | undefined) => {
    if (record && record.version > (newest?.version ?? 0)) newest = record;
  };
  const stop = store.listen(id, (record) => {
    hear(record);
    bell.ring();
  });
  const silence = () => bell.silence();
  signal?.addEventListener("abort", silence);
  if (signal?.aborted) silence();
  try {
    let told = after;
    let seen: JobRecord | undefined;
    while (!bell.silent) {
      // Before the read: what is written while it runs may not be in its answer.
      bell.still();
      if (newest === seen) {
        const read = await store.get(id);
        if (read === undefined) return;
        hear(read);
      }
      seen = newest!;
      for (const event of seen.events.slice(told)) {
        if (bell.silent) return;
        yield { event, record: seen };
      }
      told = Math.max(told, seen.events.length);
      if (over(seen)) return;
      await bell.rung(POLL_MS);
    }
  } finally {
    stop();
    signal?.removeEventListener("abort", silence);
  }
}

/** A ring is kept until somebody waits for it. */
class Bell {
  silent = false;
  #rang = false;
  #wake = () => {};

  still(): void {
    this.#rang = false;
  }

  ring(): void {
    this.#rang = true;
    this.#wake();
  }

  /** For good: nobody waits any more. */
  silence(): void {
    this.silent = true;
    this.#wake();
  }

  async rung(milliseconds: number): Promise<void> {
    if (this.#rang || this.silent) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
