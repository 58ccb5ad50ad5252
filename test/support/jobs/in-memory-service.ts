// A store, a queue, blobs, and workers on them, in memory and in fake time.
import type { JobEvent, JobRecord } from "../../../infra/jobs/job.ts";
import { Jobs } from "../../../infra/jobs/jobs.ts";
import type { SubmitOptions } from "../../../infra/jobs/submit.ts";
import { runWorker } from "../../../infra/jobs/worker.ts";
import type { AttemptReport, WorkerOptions } from "../../../infra/jobs/worker-options.ts";
import { type Blobs, type JobStore, type Queue, systemClock } from "../../../infra/ports.ts";
import { submitOptions } from "./builders.ts";
import { FakeEngine } from "./fake-engine.ts";
import { MemoryBlobs, MemoryQueue, MemoryStore } from "./in-memory-adapters.ts";
import { until } from "./time.ts";

export type Ports = { readonly store: JobStore; readonly queue: Queue; readonly blobs: Blobs };

export class InMemoryService {
  readonly store = new MemoryStore();
  readonly queue = new MemoryQueue(systemClock);
  readonly blobs = new MemoryBlobs(systemClock);
  /** The reports of attempts, and the logged errors. */
  readonly outcomes: AttemptReport[] = [];
  readonly errors: string[] = [];
  /** The ports as jobs and workers see them: tests inject faults here. */
  readonly ports: Ports;
  readonly jobs: Jobs;

  constructor(between: (ports: Ports) => Ports = (ports) => ports) {
    this.ports = between({ store: this.store, queue: this.queue, blobs: this.blobs });
    this.jobs = this.createJobs();
  }

  /** Each process has its own. */
  createJobs(): Jobs {
    const { store, queue } = this.ports;
    return new Jobs({ store, queue, clock: systemClock, onError: (what) => this.errors.push(what) });
  }

  async submit(over: Partial<SubmitOptions> = {}): Promise<string> {
    const submitted = await this.jobs.submit(submitOptions(over));
    if (submitted.type !== "ACCEPTED") throw new Error(submitted.type);
    return submitted.job.id;
  }

  /** Works at once. `stop` resolves when the worker has ended; `kill` is the end of its process: it does nothing more. */
  startWorker(engine = new FakeEngine(), over: Partial<WorkerOptions> = {}, idleSeconds?: number) {
    const end = new AbortController();
    const log: WorkerOptions["log"] = {
      attempt: (report) => this.outcomes.push(report),
      error: (what) => this.errors.push(what),
    };
    const options = { name: "w", jobs: this.jobs, ...this.ports, engine, log, signal: end.signal, ...over };
    const ended = runWorker(options, idleSeconds);
    const stop = () => {
      end.abort();
      return ended;
    };
    return { engine, stop, ended };
  }

  job(id: string): JobRecord {
    return this.store.records.get(id)!;
  }

  eventTypes(id: string): JobEvent["type"][] {
    return this.job(id).events.flatMap(({ type }) => (type === "PROGRESS" ? [] : [type]));
  }

  /** Lets time pass until the record is as wanted. */
  async waitFor(id: string, wanted: (job: JobRecord) => boolean, most?: number): Promise<JobRecord> {
    await until(() => wanted(this.job(id)), most);
    return this.job(id);
  }
}
