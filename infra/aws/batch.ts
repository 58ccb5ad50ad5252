// Workers on AWS Batch. Each is one job of Batch, which handles many jobs of unclip and exits when the queue is empty.
import { type BatchClient, JobStatus, paginateListJobs, SubmitJobCommand } from "@aws-sdk/client-batch";
import type { Clock } from "../ports.ts";

export type Workers = {
  /** `starting`: waiting for a machine or starting up. `failed`: started within RECENT_MS, and failed. */
  count(): Promise<{ readonly running: number; readonly starting: number; readonly failed: number }>;
  start(): Promise<void>;
};

type BatchTarget = { readonly queue: string; readonly job: string };

/** In the order in which Batch moves a job through them. */
const STARTING = [JobStatus.SUBMITTED, JobStatus.PENDING, JobStatus.RUNNABLE, JobStatus.STARTING] as const;

/** The name of every worker's Batch job. Batch lists jobs of all statuses only when filtering by name. */
const NAME = "unclip-drain";
/** Longer than a machine takes to start, and short compared with a job's deadlines. */
const RECENT_MS = 900_000;

export function batchWorkers(client: BatchClient, { queue, job }: BatchTarget, clock: Clock): Workers {
  const countWithStatus = async (jobStatus: JobStatus): Promise<number> => {
    let count = 0;
    for await (const { jobSummaryList = [] } of paginateListJobs({ client }, { jobQueue: queue, jobStatus })) {
      count += jobSummaryList.length;
    }
    return count;
  };
  const countFailed = async (since: number): Promise<number> => {
    let failed = 0;
    const filters = [{ name: "JOB_NAME", values: [NAME] }];
    for await (const { jobSummaryList = [] } of paginateListJobs({ client }, { jobQueue: queue, filters })) {
      for (const { createdAt = 0, status } of jobSummaryList) {
        // Sorted by creation time, newest first.
        if (createdAt < since) return failed;
        if (status === JobStatus.FAILED) failed++;
      }
    }
    return failed;
  };
  return {
    count: async () => {
      let starting = 0;
      // In sequence, so that a job that changes its status meanwhile is counted twice rather than not at all.
      for (const status of STARTING) starting += await countWithStatus(status);
      const running = await countWithStatus(JobStatus.RUNNING);
      return { starting, running, failed: await countFailed(clock.now() - RECENT_MS) };
    },
    start: async () => {
      await client.send(new SubmitJobCommand({ jobName: NAME, jobQueue: queue, jobDefinition: job }));
    },
  };
}
