// Ends the jobs whose messages went to the dead-letter queue, so that they don't wait forever.
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import type { Jobs } from "../../infra/jobs/jobs.ts";
import type { Logger } from "../log.ts";
import { handleRecord } from "./sqs-batch.ts";

type DeadLetterParts = { readonly jobs: Pick<Jobs, "abandon">; readonly log: Logger };

/** Messages that are not of unclip stay in the dead-letter queue for inspection. */
export function deadLetterHandler({ jobs, log }: DeadLetterParts) {
  return async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
    const failures = Records.map((record) =>
      handleRecord(record, { log }, async ({ job }) => {
        const ended = await jobs.abandon(job.id);
        log.error({ job: job.id, ended }, "message of a job was dead-lettered");
        return "DONE";
      }),
    );
    return { batchItemFailures: (await Promise.all(failures)).flat() };
  };
}
