// The worker as a Lambda function for SQS: the loop of the local worker, one message at a time, with a deadline.
import type { Context, SQSBatchItemFailure, SQSBatchResponse, SQSEvent } from "aws-lambda";
import type { Engine } from "../../infra/jobs/engine.ts";
import { handleMessage } from "../../infra/jobs/worker.ts";
import type { WorkerOptions } from "../../infra/jobs/worker-options.ts";
import { createWorkerLog, type Logger } from "../log.ts";
import { handleRecord } from "./sqs-batch.ts";

/** Time before the function's timeout for finishing the current step and releasing the job. */
const RESERVE_MS = 30_000;

type WorkerParts = Omit<WorkerOptions, "name" | "engine" | "log" | "signal"> & {
  readonly log: Logger;
  /** Opens the engine, at the first message: Lambda allows only ten seconds for initialization before it. */
  readonly engine: () => Promise<Engine>;
};

/** If the engine does not open, the call fails after its messages were released: that fault is the deployment's. */
export function workerHandler({ engine, log, ...ports }: WorkerParts) {
  return async (
    { Records }: SQSEvent,
    { awsRequestId, getRemainingTimeInMillis }: Pick<Context, "awsRequestId" | "getRemainingTimeInMillis">,
  ): Promise<SQSBatchResponse> => {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), Math.max(0, getRemainingTimeInMillis() - RESERVE_MS));
    const name = `lambda/${awsRequestId}`;
    const batchItemFailures: SQSBatchItemFailure[] = [];
    let broken: unknown;
    const open = () =>
      engine().catch((error) => {
        broken = error;
        throw error;
      });
    try {
      for (const record of Records) {
        const failed = await handleRecord(record, { log, queue: ports.queue }, async (message) => {
          const worker = {
            ...ports,
            name,
            engine: await open(),
            log: createWorkerLog(log, name),
            signal: stop.signal,
          };
          return handleMessage(message, worker);
        });
        batchItemFailures.push(...failed);
      }
    } finally {
      clearTimeout(timer);
    }
    if (broken !== undefined) throw broken;
    return { batchItemFailures };
  };
}
