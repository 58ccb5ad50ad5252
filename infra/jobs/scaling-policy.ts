// How many GPU workers to start for a backlog. A pure function, used by the scaler and by the simulation in docs/reports/scale.md.

/**
 * Jobs per worker. A machine takes minutes to start and a job takes seconds. With one worker per job, most workers would
 * start when the work is done, and would be paid for while idle (docs/reports/scale.md compares the values).
 */
export const JOBS_PER_WORKER = 20;

type Backlog = {
  /** Waiting and running jobs. */
  readonly jobs: number;
  /** Workers that are running or starting, and recently failed ones, which count as running. */
  readonly workers: number;
  readonly maxWorkers: number;
  /** Workers that stay up without jobs. */
  readonly minWorkers?: number;
};

export function workersToStart(
  { jobs, workers, maxWorkers, minWorkers = 0 }: Backlog,
  jobsPerWorker = JOBS_PER_WORKER,
): number {
  return Math.max(0, Math.min(maxWorkers, Math.max(minWorkers, Math.ceil(jobs / jobsPerWorker))) - workers);
}
