// Runs once a second: applies deadlines, sends lost messages again, deletes old blobs and records.
import { setTimeout as sleep } from "node:timers/promises";
import type { Jobs } from "../../infra/jobs/jobs.ts";
import { DAY_MS, JOB_RETENTION_DAYS, PREFIXES, RETENTION_DAYS } from "../../infra/jobs/keys.ts";
import type { Blobs, JobStore } from "../../infra/ports.ts";
import type { Logger } from "../log.ts";

const EVERY_MS = 1_000;
const REMOVE_EVERY_MS = 60_000;
/** Items of each kind that one run deletes: about a second's work. */
const REMOVE_LIMIT = 500;

type SweeperOptions = {
  readonly jobs: Pick<Jobs, "sweep">;
  readonly store: JobStore;
  readonly blobs: Blobs;
  readonly log: Logger;
  readonly signal: AbortSignal;
};

/** Never rejects. Resolves after `signal`, when its deletions have ended. */
export async function sweep({ jobs, store, blobs, log, signal }: SweeperOptions): Promise<void> {
  let lastRemoval = Date.now();
  let removal = Promise.resolve();
  while (!signal.aborted) {
    try {
      await jobs.sweep();
      if (Date.now() - lastRemoval > REMOVE_EVERY_MS) {
        const now = Date.now();
        lastRemoval = now;
        removal = removal
          .then(() => removeExpired(store, blobs, now))
          .catch((err) => log.error({ err }, "deleting old items failed"));
      }
    } catch (error) {
      log.error({ err: error }, "sweeping failed");
    }
    await sleep(EVERY_MS, undefined, { signal }).catch(() => {});
  }
  await removal;
}

async function removeExpired(store: JobStore, blobs: Blobs, now: number): Promise<void> {
  for (const [name, days] of Object.entries(RETENTION_DAYS)) {
    await blobs.forget(PREFIXES[name as keyof typeof PREFIXES], now - days * DAY_MS, REMOVE_LIMIT);
  }
  await store.forget(now - JOB_RETENTION_DAYS.default * DAY_MS, REMOVE_LIMIT);
}
