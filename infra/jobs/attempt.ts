import type { JobsPorts } from "../ports.ts";
import type { DrawnPicture, Failure, JobRecord, Progress } from "./job.ts";
import * as transitions from "./transitions.ts";
import { type SwapResult, type Transition, update } from "./update.ts";

/**
 * One worker's try at a job, identified by its fencing token. A write succeeds only while the attempt holds the job's
 * lease. A method that returns false means that the lease is lost: the job was canceled, has expired, or was given to
 * another worker. The caller must then stop and write nothing more.
 */
export class Attempt {
  readonly number: number;
  readonly #ports: JobsPorts;
  readonly #onRequeue: (job: JobRecord) => Promise<void>;
  #job: JobRecord;

  constructor(ports: JobsPorts, job: JobRecord, onRequeue: (job: JobRecord) => Promise<void>) {
    this.#ports = ports;
    this.#job = job;
    this.#onRequeue = onRequeue;
    this.number = job.attempt;
  }

  get job(): JobRecord {
    return this.#job;
  }

  /** Whether this version of the record ends the attempt. A version older than the attempt does not. */
  isLostTo({ status, attempt }: JobRecord): boolean {
    return attempt > this.number || (attempt === this.number && status !== "RUNNING");
  }

  heartbeat(): Promise<boolean> {
    return this.#update((job, now) => transitions.heartbeat(job, this.number, now));
  }

  /** Writes at a limited rate (policy.ts), so it can be called at every step. */
  async progress(progress: Progress): Promise<boolean> {
    if (!this.wantsProgress(progress.stage)) return !this.isLostTo(this.#job);
    return this.#update((job, now) => transitions.progress(job, this.number, progress, now));
  }

  wantsProgress(stage: string): boolean {
    return transitions.progressDue(this.#job, this.number, stage, this.#ports.clock.now());
  }

  addPicture(picture: DrawnPicture): Promise<boolean> {
    return this.#update((job, now) => transitions.addPicture(job, this.number, picture, now));
  }

  succeed(pictures: readonly DrawnPicture[], finish: transitions.Finish): Promise<boolean> {
    return this.#end((job, now) => transitions.succeed(job, this.number, pictures, finish, now));
  }

  fail(failure: Failure): Promise<boolean> {
    return this.#end((job, now) => transitions.fail(job, this.number, failure, now));
  }

  release(): Promise<boolean> {
    return this.#end((job, now) => transitions.release(job, this.number, now));
  }

  async #update(transition: Transition): Promise<boolean> {
    const { record, changed } = await this.#swap(transition);
    return changed || (record !== undefined && !this.isLostTo(record));
  }

  async #end(transition: Transition): Promise<boolean> {
    const { record, changed } = await this.#swap(transition);
    if (changed && record) await this.#onRequeue(record);
    return changed;
  }

  async #swap(transition: Transition): Promise<SwapResult> {
    const result = await update(this.#ports, this.#job.id, transition, this.#job);
    // The results of two concurrent writes may arrive out of order.
    if (result.record && result.record.version > this.#job.version) this.#job = result.record;
    return result;
  }
}
