import type { JobRecord } from "../jobs/job.ts";

/** How late a wake-up is at most. */
const EVERY_MS = 1_000;

/**
 * Looks at the record once a second, and wakes when there is another version than at the last look; at the first, without
 * the record, as a write may have been missed. For the few who wait in a process of their own (SSE): subscriptions over
 * WebSocket are told by the table's stream.
 */
export function pollRecord(
  read: () => Promise<JobRecord | undefined>,
  wake: (record: JobRecord | undefined) => void,
): () => void {
  let stopped = false;
  let version: number | undefined;
  let timer = setTimeout(look, EVERY_MS).unref();

  async function look(): Promise<void> {
    // A look that fails tells nothing: the next one may.
    const record = await read().catch(() => undefined);
    if (stopped) return;
    if (record !== undefined && record.version !== version) {
      wake(version === undefined ? undefined : record);
      version = record.version;
    }
    timer = setTimeout(look, EVERY_MS).unref();
  }

  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
