// Jobs from SQS by way of Lambda: the very worker of the laptop, one message at a time, and an end that is known.
import type { Context, SQSBatchItemFailure, SQSBatchResponse, SQSEvent } from "aws-lambda";
import type { Engine } from "../../infra/jobs/engine.ts";
import { handleMessage, type WorkerOptions } from "../../infra/jobs/worker.ts";
import { type Logger, workerLog } from "../log.ts";
import { handleRecord } from "./sqs-batch.ts";

/** A step that runs is waited for, and the job handed back, in the time that is left then. */
const RESERVE_MS = 30_000;

export type WorkerParts = Omit<WorkerOptions, "name" | "engine" | "log" | "signal"> & {
  readonly log: Logger;
  /** The engine, opened when the first message comes: Lambda gives ten seconds to what comes before that. */
  readonly engine: () => Promise<Engine>;
};

export function workerHandler({ engine, log, ...ports }: WorkerParts) {
  return async (
    { Records }: SQSEvent,
    { awsRequestId, getRemainingTimeInMillis }: Pick<Context, "awsRequestId" | "getRemainingTimeInMillis">,
  ): Promise<SQSBatchResponse> => {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), Math.max(0, getRemainingTimeInMillis() - RESERVE_MS));
    const name = `lambda/${awsRequestId}`;
    const batchItemFailures: SQSBatchItemFailure[] = [];
    try {
      for (const record of Records) {
        const failed = await handleRecord(record, { log, queue: ports.queue }, async (message) => {
          const worker = { ...ports, name, engine: await engine(), log: workerLog(log, name), signal: stop.signal };
          return handleMessage(message, worker);
        });
        batchItemFailures.push(...failed);
      }
    } finally {
      clearTimeout(timer);
    }
    return { batchItemFailures };
  };
}
