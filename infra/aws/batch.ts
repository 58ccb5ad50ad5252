// Workers on AWS Batch: each is a job of Batch that draws many of ours and ends when there are no more.
import { type BatchClient, JobStatus, paginateListJobs, SubmitJobCommand } from "@aws-sdk/client-batch";
import type { Clock } from "../ports.ts";

export type Workers = {
  /** Workers that draw; that wait for a machine or start; and that were started lately (LATELY_MS) and have failed. */
  count(): Promise<{ readonly running: number; readonly coming: number; readonly failed: number }>;
  start(): Promise<void>;
};

export type BatchPlace = { readonly queue: string; readonly job: string };

/** In the order that a job of Batch goes through them. */
const COMING = [JobStatus.SUBMITTED, JobStatus.PENDING, JobStatus.RUNNABLE, JobStatus.STARTING] as const;

/** What all workers are called: Batch lists jobs of any status by their name only. */
const NAME = "unclip-drain";
/** Longer than a machine takes to come, and short beside a job's deadlines. */
const LATELY_MS = 900_000;

export function batchWorkers(client: BatchClient, { queue, job }: BatchPlace, clock: Clock): Workers {
  const countOf = async (jobStatus: JobStatus): Promise<number> => {
    let count = 0;
    for await (const { jobSummaryList = [] } of paginateListJobs({ client }, { jobQueue: queue, jobStatus })) {
      count += jobSummaryList.length;
    }
    return count;
  };
  const failedOf = async (since: number): Promise<number> => {
    let failed = 0;
    const filters = [{ name: "JOB_NAME", values: [NAME] }];
    for await (const { jobSummaryList = [] } of paginateListJobs({ client }, { jobQueue: queue, filters })) {
      for (const { createdAt = 0, status } of jobSummaryList) {
        // The newest come first.
        if (createdAt < since) return failed;
        if (status === JobStatus.FAILED) failed++;
      }
    }
    return failed;
  };
  return {
    count: async () => {
      let coming = 0;
      // One after the other, so that what moves on meanwhile is counted twice rather than not at all.
      for (const status of COMING) coming += await countOf(status);
      const running = await countOf(JobStatus.RUNNING);
      return { coming, running, failed: await failedOf(clock.now() - LATELY_MS) };
    },
    start: async () => {
      await client.send(new SubmitJobCommand({ jobName: NAME, jobQueue: queue, jobDefinition: job }));
    },
  };
}
