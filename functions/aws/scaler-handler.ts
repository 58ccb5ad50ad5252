// Starts workers on Batch for the backlog, and records PROVISIONING for the jobs that wait.
import type { Workers } from "../../infra/aws/batch.ts";
import type { Jobs } from "../../infra/jobs/jobs.ts";
import { workersToStart } from "../../infra/jobs/scaling-policy.ts";
import type { JobStore, Queue } from "../../infra/ports.ts";
import type { Logger } from "../log.ts";

type ScalerParts = {
  readonly workers: Workers;
  readonly queue: Pick<Queue, "depth">;
  readonly store: Pick<JobStore, "due">;
  readonly jobs: Pick<Jobs, "provisioning">;
  readonly maxWorkers: number;
  readonly log: Logger;
};

/** Maximum number of jobs per run that get a PROVISIONING event: those that have waited longest. */
const PROVISIONING_JOBS = 200;

/**
 * A recently failed worker still counts as running, so a persistent failure does not start a new one every minute, even
 * when only messages of ended jobs are left.
 *
 * Hidden messages count as jobs. Workers hold them, and these workers are counted too; or they wait for a pause that is
 * shorter than a machine's start. While workers are starting and none is running, each waiting job gets one PROVISIONING
 * event.
 */
export function scalerHandler({ workers, queue, store, jobs, maxWorkers, log }: ScalerParts) {
  return async (): Promise<void> => {
    const [{ ready, hidden }, { running, starting, failed }] = await Promise.all([queue.depth(), workers.count()]);
    const missing = workersToStart({ jobs: ready + hidden, workers: running + starting + failed, maxWorkers });
    for (let i = 0; i < missing; i++) await workers.start();
    log.info({ ready, hidden, running, starting, failed, started: missing }, "scaled");
    if (running > 0 || starting + missing === 0) return;
    const waiting = await store.due(Number.MAX_SAFE_INTEGER, PROVISIONING_JOBS);
    await Promise.all(waiting.filter(({ status }) => status === "QUEUED").map(({ id }) => jobs.provisioning(id)));
  };
}
