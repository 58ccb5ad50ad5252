// Accepts jobs: writes the record first and sends the message after it. If the process dies in between, the record shows
// that no message was sent, and the sweeper sends it.
import { picturesOf } from "../../models/work.ts";
import type { Clock, JobStore } from "../ports.ts";
import { fingerprintOf, jobId } from "./identity.ts";
import type { JobRecord, JobRequest } from "./job.ts";
import { accept } from "./transitions.ts";

export type SubmitOptions = {
  readonly owner: string;
  readonly request: JobRequest;
  readonly idempotencyKey?: string | undefined;
  /** Deadlines for the job's start and its end, in seconds from now. */
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** URL of the webhook. */
  readonly webhook?: string | undefined;
  /** Maximum number of the owner's pictures in flight, this job's included. */
  readonly quota: number;
};

export type Submitted =
  /** `duplicate`: an earlier submit with the same idempotency key created the job. */
  | { readonly type: "ACCEPTED"; readonly job: JobRecord; readonly duplicate: boolean }
  /** The idempotency key belongs to a job with another request. */
  | { readonly type: "CONFLICT"; readonly job: JobRecord }
  | { readonly type: "QUOTA"; readonly quota: number; readonly inFlight: number };

type Entry = {
  readonly options: SubmitOptions;
  readonly id: string;
  readonly fingerprint: string;
  readonly resolve: (submitted: Submitted | Promise<Submitted>) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Writes the records of new jobs; the caller sends their messages. The submits of one owner are admitted in batches, one
 * batch at a time, so that no other submit of this process comes between counting the owner's pictures and adding to
 * them. Each batch is counted once, and its records are written concurrently so that they can share a commit.
 */
export class Admission {
  readonly #store: JobStore;
  readonly #clock: Clock;
  /** Waiting submits by owner. An owner has an entry while a batch of theirs is being admitted. */
  readonly #waiting = new Map<string, Entry[]>();

  constructor(store: JobStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  submit(options: SubmitOptions): Promise<Submitted> {
    const { owner, request, idempotencyKey, startSeconds, endSeconds, webhook } = options;
    const id = jobId(owner, idempotencyKey);
    const fingerprint = fingerprintOf(request, { startSeconds, endSeconds, webhook });
    return new Promise((resolve, reject) => {
      const entry = { options, id, fingerprint, resolve, reject };
      const waiting = this.#waiting.get(owner);
      if (waiting) return void waiting.push(entry);
      this.#waiting.set(owner, [entry]);
      void this.#admitAll(owner);
    });
  }

  async #admitAll(owner: string): Promise<void> {
    for (let batch = this.#waiting.get(owner)!; batch.length > 0; batch = this.#waiting.get(owner)!) {
      this.#waiting.set(owner, []);
      const deferred = await this.#admitBatch(batch).catch((error) => {
        for (const { reject } of batch) reject(error);
        return [];
      });
      this.#waiting.get(owner)!.unshift(...deferred);
    }
    this.#waiting.delete(owner);
  }

  /** Returns the entries, in order, that can be decided only after the records of this batch are written. */
  async #admitBatch(batch: readonly Entry[]): Promise<readonly Entry[]> {
    const duplicates = await Promise.all(batch.map((entry) => this.#findDuplicate(entry)));
    const written = new Map<string, Promise<Submitted>>();
    let inFlight = await this.#store.picturesInFlight(batch[0]!.options.owner);
    let next = 0;
    for (const entry of batch) {
      const duplicate = duplicates[next];
      const pictures = picturesOf(entry.options.request);
      const fits = inFlight + pictures <= entry.options.quota;
      // A second submit with the same key depends on the first one's write. So does the quota, as writes may fail.
      if (!duplicate && written.size > 0 && (!fits || written.has(entry.id))) break;
      next++;
      if (duplicate) entry.resolve(duplicate);
      else if (!fits) entry.resolve(this.#refuse(entry, inFlight));
      else {
        inFlight += pictures;
        const writing = this.#write(entry, pictures);
        written.set(entry.id, writing);
        entry.resolve(writing);
      }
    }
    await Promise.allSettled(written.values());
    return batch.slice(next);
  }

  /** The result of an earlier submit with the same idempotency key. */
  async #findDuplicate({ options, id, fingerprint }: Entry): Promise<Submitted | undefined> {
    const job = options.idempotencyKey === undefined ? undefined : await this.#store.get(id);
    if (job === undefined) return undefined;
    return job.fingerprint === fingerprint ? { type: "ACCEPTED", job, duplicate: true } : { type: "CONFLICT", job };
  }

  /** Another process may have accepted the same job in the meantime; then it does not exceed the quota. */
  async #refuse(entry: Entry, inFlight: number): Promise<Submitted> {
    return (await this.#findDuplicate(entry)) ?? { type: "QUOTA", quota: entry.options.quota, inFlight };
  }

  async #write(entry: Entry, pictures: number): Promise<Submitted> {
    const { id, fingerprint, options } = entry;
    const { owner, request, startSeconds, endSeconds, webhook } = options;
    const newJob = { id, owner, request, fingerprint, pictures, startSeconds, endSeconds, webhook };
    const job = accept(newJob, this.#clock.now());
    if (await this.#store.create(job)) return { type: "ACCEPTED", job, duplicate: false };
    const duplicate = await this.#findDuplicate(entry);
    if (duplicate === undefined) throw new Error(`Job ${id} was deleted concurrently`);
    return duplicate;
  }
}
