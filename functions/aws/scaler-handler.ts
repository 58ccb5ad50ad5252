// From the backlog to workers on Batch, and word of them to those who wait.
import type { Workers } from "../../infra/aws/batch.ts";
import type { Jobs } from "../../infra/jobs/jobs.ts";
import { workersToStart } from "../../infra/jobs/scaling-policy.ts";
import type { JobStore, Queue } from "../../infra/ports.ts";
import type { Logger } from "../log.ts";

export type ScalerParts = {
  readonly workers: Workers;
  readonly queue: Pick<Queue, "depth">;
  readonly store: Pick<JobStore, "due">;
  readonly jobs: Pick<Jobs, "provisioning">;
  readonly maxWorkers: number;
  readonly log: Logger;
};

/** Jobs that are told, at a time, that a machine comes up; it comes up for those that have waited longest. */
const TOLD = 200;

/**
 * A worker that failed counts as one that is there, as long as it was started lately: what it failed of would befall the
 * next one too, each minute, also where nothing is left to draw but messages of jobs that are over.
 *
 * Hidden messages count as jobs: workers hold them, and these workers are counted too, or they wait out a pause, which is
 * shorter than a machine's start. While no worker runs yet, whoever waits is told that one comes; each job once.
 */
export function scalerHandler({ workers, queue, store, jobs, maxWorkers, log }: ScalerParts) {
  return async (): Promise<void> => {
    const [{ ready, hidden }, { running, coming, failed }] = await Promise.all([queue.depth(), workers.count()]);
    const missing = workersToStart({ jobs: ready + hidden, workers: running + coming + failed, maxWorkers });
    for (let i = 0; i < missing; i++) await workers.start();
    log.info({ ready, hidden, running, coming, failed, started: missing }, "scaled");
    if (running > 0 || coming + missing === 0) return;
    const waiting = await store.due(Number.MAX_SAFE_INTEGER, TOLD);
    await Promise.all(waiting.filter(({ status }) => status === "QUEUED").map(({ id }) => jobs.provisioning(id)));
  };
}
