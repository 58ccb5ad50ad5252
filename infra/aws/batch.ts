// Workers on AWS Batch. Each is one job of Batch, or one child of an array job, which handles many jobs of unclip and exits
// when the queue is empty.
import {
  type BatchClient,
  JobStatus,
  type JobSummary,
  paginateListJobs,
  SubmitJobCommand,
  type SubmitJobCommandInput,
} from "@aws-sdk/client-batch";
import { AWS_VARIABLES } from "../config/aws-variables.ts";
import type { Clock } from "../ports.ts";

type Counts = { readonly running: number; readonly starting: number; readonly failed: number };

export type Workers = {
  /** `starting`: waiting for a machine or starting up. `failed`: started within RECENT_MS, and failed. */
  count(): Promise<Counts>;
  /** `idleSeconds`: how long they wait for a next job. Undefined: as the job definition says. */
  start(count: number, idleSeconds?: number): Promise<void>;
};

type Clients = {
  readonly lists: BatchClient;
  /** Without retries: SubmitJob has no token, so a retry after a lost answer would start the workers twice. */
  readonly starts: BatchClient;
};

type BatchTarget = { readonly queue: string; readonly job: string };

/** In the order in which Batch moves a job through them. The parent of an array job is pending until its children ended. */
const STARTING = [JobStatus.SUBMITTED, JobStatus.PENDING, JobStatus.RUNNABLE, JobStatus.STARTING] as const;
const ALIVE = [...STARTING, JobStatus.RUNNING] as const;

/** The name of every worker's Batch job. Batch lists jobs of all statuses only when filtering by name. */
const NAME = "unclip-drain";
/** Longer than a machine takes to start, and short compared with a job's deadlines. */
const RECENT_MS = 900_000;

export function batchWorkers({ lists, starts }: Clients, { queue, job }: BatchTarget, clock: Clock): Workers {
  const countAlive = async (jobStatus: JobStatus): Promise<Omit<Counts, "failed">> => {
    const total = { starting: 0, running: 0 };
    for await (const { jobSummaryList = [] } of paginateListJobs({ client: lists }, { jobQueue: queue, jobStatus })) {
      for (const summary of jobSummaryList) {
        total.running += countOf(summary, [JobStatus.RUNNING], jobStatus);
        total.starting += countOf(summary, STARTING, jobStatus);
      }
    }
    return total;
  };
  const countFailed = async (since: number): Promise<number> => {
    let failed = 0;
    const filters = [{ name: "JOB_NAME", values: [NAME] }];
    for await (const { jobSummaryList = [] } of paginateListJobs({ client: lists }, { jobQueue: queue, filters })) {
      for (const summary of jobSummaryList) {
        // Sorted by creation time, newest first.
        if ((summary.createdAt ?? 0) < since) return failed;
        failed += countOf(summary, [JobStatus.FAILED], summary.status);
      }
    }
    return failed;
  };
  return {
    count: async () => {
      const total = { starting: 0, running: 0 };
      // In sequence, so that a job that changes its status meanwhile is counted twice rather than not at all.
      for (const status of ALIVE) {
        const { starting, running } = await countAlive(status);
        total.starting += starting;
        total.running += running;
      }
      return { ...total, failed: await countFailed(clock.now() - RECENT_MS) };
    },
    start: async (count, idleSeconds) => {
      const input: SubmitJobCommandInput = { jobName: NAME, jobQueue: queue, jobDefinition: job };
      // An array has two children or more.
      if (count > 1) input.arrayProperties = { size: count };
      if (idleSeconds !== undefined) {
        const environment = [{ name: AWS_VARIABLES.idleSeconds, value: String(idleSeconds) }];
        input.containerOverrides = { environment };
      }
      await starts.send(new SubmitJobCommand(input));
    },
  };
}

/** Workers of a job that have one of the statuses. Until Batch has counted an array's children, they have the parent's. */
function countOf(
  { arrayProperties: { size = 1, statusSummary } = {} }: JobSummary,
  statuses: readonly JobStatus[],
  own: JobStatus | undefined,
): number {
  if (statusSummary === undefined) return own !== undefined && statuses.includes(own) ? size : 0;
  return statuses.reduce((total, status) => total + (statusSummary[status] ?? 0), 0);
}
