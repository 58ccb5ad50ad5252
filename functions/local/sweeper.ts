// Once a second: what time alone does to jobs, the webhooks that are due, the blobs and records that are old.
import { setTimeout as sleep } from "node:timers/promises";
import type { JobRecord, Webhook } from "../../infra/jobs/job.ts";
import type { Jobs } from "../../infra/jobs/jobs.ts";
import { DAY_MS, KEPT_DAYS, KEPT_JOBS, PREFIXES } from "../../infra/jobs/keys.ts";
import type { Blobs, JobStore } from "../../infra/ports.ts";
import type { Logger } from "../log.ts";

const EVERY_MS = 1_000;
const TIDY_EVERY_MS = 60_000;
/** Things that one tidying removes of a kind: a second's work. */
const TIDIED = 500;

export type SweeperOptions = {
  readonly jobs: Jobs;
  readonly store: JobStore;
  readonly blobs: Blobs;
  readonly log: Logger;
  readonly deliver: (job: JobRecord & { readonly webhook: Webhook }) => Promise<void>;
  readonly signal: AbortSignal;
};

/** Never rejects; resolves after `signal`, when nothing of it runs any more. */
export async function sweep({ jobs, store, blobs, log, deliver, signal }: SweeperOptions): Promise<void> {
  const delivering = new Map<string, Promise<void>>();
  let tidied = Date.now();
  let tidying = Promise.resolve();
  while (!signal.aborted) {
    try {
      for (const job of (await jobs.sweep()).hooks) {
        const { id, webhook } = job;
        if (webhook === undefined || delivering.has(id)) continue;
        delivering.set(
          id,
          deliver({ ...job, webhook }).finally(() => delivering.delete(id)),
        );
      }
      if (Date.now() - tidied > TIDY_EVERY_MS) {
        const now = Date.now();
        tidied = now;
        tidying = tidying.then(() => tidy(store, blobs, now)).catch((err) => log.error({ err }, "tidying failed"));
      }
    } catch (error) {
      log.error({ err: error }, "the sweeper failed; it goes on");
    }
    await sleep(EVERY_MS, undefined, { signal }).catch(() => {});
  }
  await Promise.all([tidying, ...delivering.values()]);
}

async function tidy(store: JobStore, blobs: Blobs, now: number): Promise<void> {
  for (const [name, days] of Object.entries(KEPT_DAYS)) {
    await blobs.forget(PREFIXES[name as keyof typeof PREFIXES], now - days * DAY_MS, TIDIED);
  }
  await store.forget(now - KEPT_JOBS.default * DAY_MS, TIDIED);
}
