// Starts workers on Batch for the backlog, and records PROVISIONING for the jobs that wait.
import type { Workers } from "../../infra/aws/batch.ts";
import type { Lease } from "../../infra/aws/lease.ts";
import { type WarmHours, warmSecondsLeft } from "../../infra/config/warm-hours.ts";
import type { Jobs } from "../../infra/jobs/jobs.ts";
import { workersToStart } from "../../infra/jobs/scaling-policy.ts";
import type { Clock, JobStore, Queue } from "../../infra/ports.ts";
import type { Logger } from "../log.ts";

type ScalerParts = {
  readonly workers: Workers;
  readonly queue: Pick<Queue, "depth">;
  readonly store: Pick<JobStore, "due">;
  readonly jobs: Pick<Jobs, "provisioning">;
  readonly maxWorkers: number;
  /** Workers that stay up without jobs, in these hours or always. */
  readonly minWorkers: number;
  readonly warmHours: WarmHours | undefined;
  readonly lease: Lease;
  readonly clock: Clock;
  readonly log: Logger;
};

/** Maximum number of jobs per run that get a PROVISIONING event: those that have waited longest. */
const PROVISIONING_JOBS = 200;
/** The next run comes after a minute. A run that was called twice, or that takes longer, does not act twice. */
const LEASE_MS = 50_000;
/** A warm worker without jobs is replaced after this time. Its machine is still there for the next one. */
const WARM_SECONDS = 3_600;

/**
 * A recently failed worker still counts as running, so a persistent failure does not start a new one every minute, even
 * when only messages of ended jobs are left.
 *
 * Hidden messages count as jobs. Workers hold them, and these workers are counted too; or they wait for a pause that is
 * shorter than a machine's start. While workers are starting and none is running, each waiting job gets one PROVISIONING
 * event.
 */
export function scalerHandler(parts: ScalerParts) {
  const { workers, queue, store, jobs, maxWorkers, lease, log } = parts;
  return async (): Promise<void> => {
    if (!(await lease.acquire(LEASE_MS))) return;
    const [{ ready, hidden }, { running, starting, failed }] = await Promise.all([queue.depth(), workers.count()]);
    const warmSeconds = warmth(parts);
    const present = running + starting + failed;
    const warm = workersToStart({
      jobs: 0,
      workers: present,
      maxWorkers,
      minWorkers: warmSeconds > 0 ? parts.minWorkers : 0,
    });
    const more = workersToStart({ jobs: ready + hidden, workers: present + warm, maxWorkers });
    const missing = warm + more;
    if (warm > 0) await workers.start(warm, warmSeconds);
    if (more > 0) await workers.start(more);
    log.info({ ready, hidden, running, starting, failed, started: missing }, "scaled");
    if (running > 0 || starting + missing === 0) return;
    const waiting = await store.due(Number.MAX_SAFE_INTEGER, PROVISIONING_JOBS);
    await Promise.all(waiting.filter(({ status }) => status === "QUEUED").map(({ id }) => jobs.provisioning(id)));
  };
}

/** How long a worker that starts now stays up without jobs, in seconds; 0 outside the hours. */
function warmth({ warmHours, clock }: Pick<ScalerParts, "warmHours" | "clock">): number {
  return warmHours === undefined ? WARM_SECONDS : Math.min(WARM_SECONDS, warmSecondsLeft(warmHours, clock.now()));
}
