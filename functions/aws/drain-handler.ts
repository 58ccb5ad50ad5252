// A worker on Batch: draws until its queue was empty for a while, or until its machine is taken away.
import { runWorker, type WorkerOptions } from "../../infra/jobs/worker.ts";
import { type Logger, workerLog } from "../log.ts";
import { spotNotice } from "./spot.ts";

export type DrainParts = Omit<WorkerOptions, "log" | "signal"> & {
  readonly log: Logger;
  readonly idleSeconds: number;
  /** Where this machine learns that its Spot instance ends. */
  readonly metadata: string;
  /** Aborted by SIGTERM. */
  readonly stop: AbortController;
};

/** Resolves when the job at hand was finished or handed back. Never rejects. */
export async function drain({ log, idleSeconds, metadata, stop, ...worker }: DrainParts): Promise<void> {
  const over = new AbortController();
  const notice = spotNotice(metadata, over.signal).then(() => {
    if (over.signal.aborted) return;
    log.warn("the Spot instance is taken back");
    stop.abort();
  });
  const { name } = worker;
  log.info({ worker: name }, "begins");
  await runWorker({ ...worker, log: workerLog(log, name), signal: stop.signal }, idleSeconds);
  over.abort();
  await notice;
  log.info({ worker: name, why: stop.signal.aborted ? "told to" : "idle" }, "ends");
}
