// A worker on AWS Batch: handles jobs until its queue was empty for a while, or until its machine is reclaimed.
import { runWorker } from "../../infra/jobs/worker.ts";
import type { WorkerOptions } from "../../infra/jobs/worker-options.ts";
import { createWorkerLog, type Logger } from "../log.ts";
import { spotNotice } from "./spot.ts";

type DrainParts = Omit<WorkerOptions, "log" | "signal"> & {
  readonly log: Logger;
  readonly idleSeconds: number;
  /** Endpoint of the EC2 instance metadata service. */
  readonly metadata: string;
  /** Aborted by SIGTERM. */
  readonly stop: AbortController;
};

/** Resolves when the current job was finished or released. Never rejects. */
export async function drain({ log, idleSeconds, metadata, stop, ...worker }: DrainParts): Promise<void> {
  const ended = new AbortController();
  const notice = spotNotice(metadata, ended.signal).then(() => {
    if (ended.signal.aborted) return;
    log.warn("Spot interruption notice received");
    stop.abort();
  });
  const { name } = worker;
  log.info({ worker: name }, "worker started");
  await runWorker({ ...worker, log: createWorkerLog(log, name), signal: stop.signal }, idleSeconds);
  ended.abort();
  await notice;
  log.info({ worker: name, reason: stop.signal.aborted ? "stopped" : "idle" }, "worker ended");
}
