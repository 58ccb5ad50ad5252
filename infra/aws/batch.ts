// Workers on AWS Batch: each is a job of Batch that draws many of ours and ends when there are no more.
import { type BatchClient, JobStatus, paginateListJobs, SubmitJobCommand } from "@aws-sdk/client-batch";

export type Workers = {
  /** Workers that draw, and workers that wait for a machine or start. */
  count(): Promise<{ readonly running: number; readonly coming: number }>;
  start(): Promise<void>;
};

export type BatchPlace = { readonly queue: string; readonly job: string };

/** In the order that a job of Batch goes through them. */
const COMING = [JobStatus.SUBMITTED, JobStatus.PENDING, JobStatus.RUNNABLE, JobStatus.STARTING] as const;

export function batchWorkers(client: BatchClient, { queue, job }: BatchPlace): Workers {
  const countOf = async (jobStatus: JobStatus): Promise<number> => {
    let count = 0;
    for await (const { jobSummaryList = [] } of paginateListJobs({ client }, { jobQueue: queue, jobStatus })) {
      count += jobSummaryList.length;
    }
    return count;
  };
  return {
    count: async () => {
      let coming = 0;
      // One after the other, so that what moves on meanwhile is counted twice rather than not at all.
      for (const status of COMING) coming += await countOf(status);
      return { coming, running: await countOf(JobStatus.RUNNING) };
    },
    start: async () => {
      await client.send(new SubmitJobCommand({ jobName: "unclip-drain", jobQueue: queue, jobDefinition: job }));
    },
  };
}
