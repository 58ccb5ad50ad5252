import { writeSync } from "node:fs";
import { isatty } from "node:tty";
import { type Logger, pino } from "pino";
import type { StageTiming } from "../infra/jobs/job.ts";
import type { AttemptReport, WorkerLog } from "../infra/jobs/worker-options.ts";
import { formatForTerminal } from "./terminal-log.ts";

export type { Logger };

export const STDOUT = 1;
export const STDERR = 2;

/** Logs JSON lines, or readable ones at a terminal: synchronously, because a process may be stopped or frozen at any time. */
export function createLogger(level: string, fd: typeof STDOUT | typeof STDERR): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (!isatty(fd)) return pino(options, pino.destination({ fd, sync: true }));
  return pino(options, { write: (line: string) => void writeSync(fd, formatForTerminal(line)) });
}

/** Logs a worker's reports. `onAttempt` receives each attempt too. */
export function createWorkerLog(log: Logger, worker: string, onAttempt?: (report: AttemptReport) => void): WorkerLog {
  const workerLogger = log.child({ worker });
  return {
    attempt: (report) => {
      onAttempt?.(report);
      const { job, attempt, outcome, milliseconds, stages, error: err } = report;
      const line = { job, attempt, outcome, milliseconds: Math.round(milliseconds), stages: roundTimings(stages), err };
      if (outcome === "FAILED") workerLogger.warn(line, "attempt failed");
      else workerLogger.info(line, "attempt ended");
    },
    error: createErrorLogger(workerLogger),
  };
}

/** Logs failures of background actions, which will be retried. */
export function createErrorLogger(log: Logger): WorkerLog["error"] {
  return (action, error) => log.error({ err: error }, `${action} failed`);
}

function roundTimings(stages: readonly StageTiming[]): Record<string, number> {
  return Object.fromEntries(stages.map(({ stage, milliseconds }) => [stage, Math.round(milliseconds)]));
}
