// What a worker needs, and what it reports.
import type { Blobs, JobStore, Queue } from "../ports.ts";
import type { Engine } from "./engine.ts";
import type { JobRequest, StageTiming } from "./job.ts";
import type { Jobs } from "./jobs.ts";

/** How an attempt ended. STOPPED: it lost the job, which was canceled, has expired or belongs to another attempt. */
export type AttemptOutcome = "SUCCEEDED" | "FAILED" | "RELEASED" | "STOPPED";

export type AttemptReport = {
  readonly job: string;
  readonly attempt: number;
  readonly outcome: AttemptOutcome;
  readonly milliseconds: number;
  /** Duration of each stage; empty unless the engine finished. */
  readonly stages: readonly StageTiming[];
  readonly error?: unknown;
};

export type WorkerLog = {
  /** Called once per attempt, when it has ended. */
  attempt(report: AttemptReport): void;
  /** An action outside of a job's computation failed; the worker continues. */
  error(action: string, error: unknown): void;
};

export type WorkerOptions = {
  readonly name: string;
  readonly jobs: Jobs;
  readonly store: JobStore;
  readonly queue: Queue;
  readonly blobs: Blobs;
  readonly engine: Engine;
  readonly log: WorkerLog;
  /** Once aborted, the worker takes no more jobs and releases the current one. */
  readonly signal: AbortSignal;
  /** Throws ContentFlagged to withhold a picture (PNG). */
  readonly inspect?: ((png: Uint8Array, request: JobRequest) => Promise<void>) | undefined;
};
