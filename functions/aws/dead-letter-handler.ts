// Messages that no worker could handle: their jobs are told to have failed, rather than left waiting.
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import type { Jobs } from "../../infra/jobs/jobs.ts";
import type { Logger } from "../log.ts";
import { handleRecord } from "./sqs-batch.ts";

export type DeadLetterParts = { readonly jobs: Pick<Jobs, "abandon">; readonly log: Logger };

/** What is not of ours stays among the dead letters, for a person to look at. */
export function deadLetterHandler({ jobs, log }: DeadLetterParts) {
  return async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
    const failures = Records.map((record) =>
      handleRecord(record, { log }, async ({ job }) => {
        const ended = await jobs.abandon(job.id);
        log.error({ job: job.id, ended }, "a job's message was given up");
        return true;
      }),
    );
    return { batchItemFailures: (await Promise.all(failures)).flat() };
  };
}
