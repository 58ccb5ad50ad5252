// Runs once a second: applies deadlines, sends lost messages again, deletes old blobs and records.
import type { Jobs } from "../../infra/jobs/jobs.ts";
import { DAY_MS, JOB_RETENTION_DAYS } from "../../infra/jobs/keys.ts";
import { JOB_POLICY } from "../../infra/jobs/policy.ts";
import type { LocalBlobs } from "../../infra/local/blobs.ts";
import type { LocalQueue } from "../../infra/local/queue.ts";
import type { JobStore } from "../../infra/ports.ts";
import { sleep } from "../../infra/util/sleep.ts";
import type { Logger } from "../log.ts";
import { type ClockChange, createClockWatch } from "./clock-watch.ts";

const EVERY_MS = 1_000;
const REMOVE_EVERY_MS = 60_000;
/** Records that one run deletes: about a second's work. */
const REMOVE_LIMIT = 500;

/** Longer intervals mean that the process was paused, and so were its workers, which renew their leases first. */
const PAUSE_MS = 5_000;
const QUIET_MS = JOB_POLICY.leaseMs / 3;
/** A clock that jumps this far may be wrong, so nothing is deleted until it had time to be set right. */
const LARGE_JUMP_MS = DAY_MS;
const POSTPONE_MS = 3_600_000;

type SweeperOptions = {
  readonly jobs: Pick<Jobs, "sweep" | "correctTimes">;
  readonly queue: Pick<LocalQueue, "reclaim">;
  readonly store: Pick<JobStore, "forget">;
  readonly blobs: Pick<LocalBlobs, "removeExpired">;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Time since the data folder was last used, in milliseconds by the wall clock. */
  readonly idleMs: number;
  readonly observe?: () => ClockChange;
};

/** Never rejects. Resolves after `signal`, when its deletions have ended. */
export async function sweep({
  jobs,
  queue,
  store,
  blobs,
  log,
  signal,
  idleMs,
  observe = createClockWatch(),
}: SweeperOptions): Promise<void> {
  let removal: Promise<void> | undefined;
  // Countdowns, by the time that has passed, not by the clock.
  let untilRemoval = REMOVE_EVERY_MS;
  let quiet = 0;
  const postpone = (jump: number) => {
    untilRemoval = POSTPONE_MS;
    log.warn({ days: Math.round(jump / DAY_MS) }, "the clock moved far ahead: nothing is deleted for an hour");
  };
  if (idleMs > LARGE_JUMP_MS) postpone(idleMs);
  while (!signal.aborted) {
    try {
      const { jump, elapsed } = observe();
      if (jump > LARGE_JUMP_MS) postpone(jump);
      untilRemoval -= Math.min(elapsed, EVERY_MS * 2);
      quiet = elapsed > PAUSE_MS ? QUIET_MS : quiet - EVERY_MS;
      if (jump < -JOB_POLICY.clockToleranceMs) {
        log.warn({ seconds: Math.round(-jump / 1000) }, "the clock was set back: waiting jobs are corrected");
        await jobs.correctTimes();
        await queue.reclaim();
      }
      if (quiet <= 0) await jobs.sweep();
      // On a slow disk, runs that waited for each other would pile up.
      if (untilRemoval <= 0 && removal === undefined) {
        untilRemoval = REMOVE_EVERY_MS;
        removal = removeExpired(store, blobs, Date.now())
          .catch((err) => log.error({ err }, "deleting old items failed"))
          .finally(() => {
            removal = undefined;
          });
      }
    } catch (error) {
      log.error({ err: error }, "sweeping failed");
    }
    await sleep(EVERY_MS, signal);
  }
  await removal;
}

async function removeExpired(
  store: SweeperOptions["store"],
  blobs: SweeperOptions["blobs"],
  now: number,
): Promise<void> {
  await blobs.removeExpired(now);
  await store.forget(now - JOB_RETENTION_DAYS.default * DAY_MS, REMOVE_LIMIT);
}
