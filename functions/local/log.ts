import { type Logger, pino } from "pino";
import type { WorkerLog } from "../../infra/jobs/worker.ts";
import type { Metrics } from "./metrics.ts";

export type { Logger };

/** JSON lines on standard error: standard output stays free for what the server says to a person. */
export function logTo(level: string): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ fd: 2, sync: true }));
}

/** A worker's news, into the log and the metrics. */
export function workerLog(log: Logger, worker: string, metrics: Metrics): WorkerLog {
  const mine = log.child({ worker });
  return {
    attempt: ({ job, attempt, outcome, milliseconds, stages, error }) => {
      metrics.attempt(outcome, milliseconds, stages);
      const told = {
        job,
        attempt,
        outcome,
        milliseconds: Math.round(milliseconds),
        stages: rounded(stages),
        err: error,
      };
      if (outcome === "FAILED") mine.warn(told, "attempt failed");
      else mine.info(told, "attempt ended");
    },
    trouble: troubleTo(mine),
  };
}

/** What failed out of sight and will be tried again. */
export function troubleTo(log: Logger): WorkerLog["trouble"] {
  return (what, error) => log.error({ err: error }, `${what} failed`);
}

function rounded(stages: readonly { readonly stage: string; readonly milliseconds: number }[]) {
  return Object.fromEntries(stages.map(({ stage, milliseconds }) => [stage, Math.round(milliseconds)]));
}
