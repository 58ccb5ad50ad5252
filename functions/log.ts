import { type Logger, pino } from "pino";
import type { StageTiming } from "../infra/jobs/job.ts";
import type { WorkerLog } from "../infra/jobs/worker.ts";

export type { Logger };

export const STDOUT = 1;
export const STDERR = 2;

/** JSON lines; each is written before the call returns, as a process may be stopped, or freeze, at any time. */
export function logTo(level: string, fd: typeof STDOUT | typeof STDERR): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ fd, sync: true }));
}

/** A worker's news; `count` hears of each attempt too. */
export function workerLog(
  log: Logger,
  worker: string,
  count?: (outcome: string, milliseconds: number, stages: readonly StageTiming[]) => void,
): WorkerLog {
  const mine = log.child({ worker });
  return {
    attempt: ({ job, attempt, outcome, milliseconds, stages, error }) => {
      count?.(outcome, milliseconds, stages);
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
    trouble: errorLogger(mine),
  };
}

/** What failed out of sight and will be tried again. */
export function errorLogger(log: Logger): WorkerLog["trouble"] {
  return (what, error) => log.error({ err: error }, `${what} failed`);
}

function rounded(stages: readonly StageTiming[]) {
  return Object.fromEntries(stages.map(({ stage, milliseconds }) => [stage, Math.round(milliseconds)]));
}
