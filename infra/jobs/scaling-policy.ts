// How many GPU workers a backlog is worth. Pure: the scaler asks AWS, and the simulation of docs/reports/scale.md asks this too.

/**
 * Jobs a worker is started for. A machine takes minutes to come, and a job seconds: with a worker for each job, most of
 * them would come when the work is done, stay idle, and be paid for (docs/reports/scale.md compares).
 */
export const JOBS_PER_WORKER = 20;

export type Backlog = {
  /** Jobs that wait or are being drawn. */
  readonly jobs: number;
  /** Workers that draw or are coming, and those that count as such. */
  readonly workers: number;
  readonly maxWorkers: number;
};

export function workersToStart({ jobs, workers, maxWorkers }: Backlog, jobsPerWorker = JOBS_PER_WORKER): number {
  return Math.max(0, Math.min(maxWorkers, Math.ceil(jobs / jobsPerWorker)) - workers);
}
