import type { DrawnPicture, Failure, JobRecord, Progress } from "./job.ts";
import type { JobsPorts } from "./jobs.ts";
import * as moves from "./transitions.ts";
import { compareAndSwap, type SwapResult } from "./update.ts";

/**
 * One worker's try at a job, by its fencing token: each write succeeds only while the attempt is the job's. `false` says
 * that it is no longer: canceled, expired, or taken for dead and given to another worker. Then stop, and touch nothing.
 */
export class Attempt {
  readonly number: number;
  readonly #ports: JobsPorts;
  readonly #requeued: (job: JobRecord) => Promise<void>;
  #job: JobRecord;

  constructor(ports: JobsPorts, job: JobRecord, requeued: (job: JobRecord) => Promise<void>) {
    this.#ports = ports;
    this.#job = job;
    this.#requeued = requeued;
    this.number = job.attempt;
  }

  get job(): JobRecord {
    return this.#job;
  }

  /** Whether a record, as a listener hears of it, takes the job from this attempt. One of before it, heard late, does not. */
  lostBy({ status, attempt }: JobRecord): boolean {
    return attempt > this.number || (attempt === this.number && status !== "RUNNING");
  }

  heartbeat(): Promise<boolean> {
    return this.#move((job, now) => moves.heartbeat(job, this.number, now));
  }

  /** Writes only now and then (rules.ts), so it can be called at every step. */
  async progress(news: Progress): Promise<boolean> {
    if (!this.wantsProgress(news.stage)) return !this.lostBy(this.#job);
    return this.#move((job, now) => moves.progress(job, this.number, news, now));
  }

  wantsProgress(stage: string): boolean {
    return moves.progressDue(this.#job, this.number, stage, this.#ports.clock.now());
  }

  addPicture(picture: DrawnPicture): Promise<boolean> {
    return this.#move((job, now) => moves.addPicture(job, this.number, picture, now));
  }

  succeed(pictures: readonly DrawnPicture[], finish: moves.Finish): Promise<boolean> {
    return this.#end((job, now) => moves.succeed(job, this.number, pictures, finish, now));
  }

  fail(failure: Failure): Promise<boolean> {
    return this.#end((job, now) => moves.fail(job, this.number, failure, now));
  }

  release(): Promise<boolean> {
    return this.#end((job, now) => moves.release(job, this.number, now));
  }

  async #move(make: (job: JobRecord, now: number) => JobRecord | undefined): Promise<boolean> {
    const { record, changed } = await this.#change(make);
    return changed || (record !== undefined && !this.lostBy(record));
  }

  async #end(make: (job: JobRecord, now: number) => JobRecord | undefined): Promise<boolean> {
    const { record, changed } = await this.#change(make);
    if (changed && record) await this.#requeued(record);
    return changed;
  }

  async #change(make: (job: JobRecord, now: number) => JobRecord | undefined): Promise<SwapResult> {
    const { store, clock } = this.#ports;
    const made = await compareAndSwap(store, this.#job.id, (job) => make(job, clock.now()), this.#job);
    // Answers of two writes at once may come in the other order.
    if (made.record && made.record.version > this.#job.version) this.#job = made.record;
    return made;
  }
}
