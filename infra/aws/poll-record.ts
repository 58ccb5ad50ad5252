import type { JobRecord } from "../jobs/job.ts";

/** Upper bound of a wake-up's delay. */
const POLL_MS = 1_000;

/**
 * Reads the record once a second and calls `wake` when its version has changed since the last read. The first read calls
 * `wake` without the record, because a write may have been missed before it. This is for the few subscribers that have a
 * process of their own (SSE). Subscriptions over WebSocket are served from the table's stream.
 */
export function pollRecord(
  read: () => Promise<JobRecord | undefined>,
  wake: (record: JobRecord | undefined) => void,
): () => void {
  let stopped = false;
  let version: number | undefined;
  let timer = setTimeout(poll, POLL_MS).unref();

  async function poll(): Promise<void> {
    // A failed read is skipped; the next one may succeed.
    const record = await read().catch(() => undefined);
    if (stopped) return;
    if (record !== undefined && record.version !== version) {
      wake(version === undefined ? undefined : record);
      version = record.version;
    }
    timer = setTimeout(poll, POLL_MS).unref();
  }

  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

/** Calls `wake` once a second, without a record: reading all of an owner's jobs shows what has changed. */
export function pollOwner(wake: (record: undefined) => void): () => void {
  const timer = setInterval(() => wake(undefined), POLL_MS).unref();
  return () => clearInterval(timer);
}
