// What one owner may name. Every id, cursor, idempotency key and upload id that a caller sends is looked up here and
// nowhere else, so the owner is checked in one place. Another owner's job equals a job that does not exist.
import type { Blobs, JobPage, JobsPorts } from "../ports.ts";
import { deleteJob, deletePicture } from "./deletion.ts";
import type { Embedding } from "./embedding.ts";
import { parseGlobalId } from "./global-id.ts";
import { jobId, seedFor } from "./identity.ts";
import { isTerminal, type JobRecord } from "./job.ts";
import { uploadKey } from "./keys.ts";
import type { OwnerPosition } from "./owner-position.ts";
import { type Match, search } from "./search.ts";
import type { SubmitOptions, Submitted } from "./submit.ts";
import * as transitions from "./transitions.ts";
import { type Transition, update } from "./update.ts";
import { type ObservedEvent, watch } from "./watch.ts";
import { eventsAfter, type OwnerEvent, startOfEvents, watchOwner } from "./watch-owner.ts";

/** Where to begin: after a place in the stream, or before the events of all jobs accepted since a time (ms since 1970). */
export type EventsStart = { readonly after?: OwnerPosition | undefined; readonly since?: number | undefined };

type Submit = (options: SubmitOptions) => Promise<Submitted>;

export class Tenant {
  readonly owner: string;
  readonly #ports: JobsPorts;
  readonly #submit: Submit;

  constructor(owner: string, ports: JobsPorts, submit: Submit) {
    this.owner = owner;
    this.#ports = ports;
    this.#submit = submit;
  }

  submit(options: Omit<SubmitOptions, "owner">): Promise<Submitted> {
    return this.#submit({ ...options, owner: this.owner });
  }

  get(id: string): Promise<JobRecord | undefined> {
    return this.#ports.store.get(id, this.owner);
  }

  /** The job that an earlier submit with this idempotency key created. */
  findSubmitted(idempotencyKey: string): Promise<JobRecord | undefined> {
    return this.get(jobId(this.owner, idempotencyKey));
  }

  /** The seed of a request with this idempotency key and without a seed. */
  seedFor(idempotencyKey: string): number {
    return seedFor(this.owner, idempotencyKey);
  }

  list(page: JobPage): Promise<readonly JobRecord[]> {
    return this.#ports.store.list(this.owner, page);
  }

  /** The `first` finished pictures with the highest cosine similarity to `query`. */
  search(query: Embedding, first: number): Promise<readonly Match[]> {
    const { store, clock } = this.#ports;
    return search(store, this.owner, { query, first, now: clock.now() });
  }

  /** Number of pictures in active jobs. May lag behind by moments. */
  picturesInFlight(): Promise<number> {
    return this.#ports.store.picturesInFlight(this.owner);
  }

  /** Number of the owner's queued jobs that are served before this one; undefined if it is not queued, or unknown. */
  async position({ id, status }: JobRecord): Promise<number | undefined> {
    return status === "QUEUED" ? this.#ports.queue.position({ id }, this.owner) : undefined;
  }

  /** Idempotent. Returns the job afterwards: canceled, or as it had already ended. */
  async cancel(id: string): Promise<JobRecord | undefined> {
    const job = await this.get(id);
    return job && (await update(this.#ports, id, transitions.cancel, job)).record;
  }

  /** Deletes the job with its files. Returns false if there is no such job. */
  async delete(id: string, blobs: Blobs): Promise<boolean> {
    const job = await this.get(id);
    if (job) await deleteJob(job, { ...this.#ports, blobs });
    return job !== undefined;
  }

  /** ACTIVE: the job has not ended, so the picture may be drawn again. */
  async deletePicture(id: string, index: number, blobs: Blobs): Promise<"DELETED" | "ACTIVE" | "NOT_FOUND"> {
    const job = await this.get(id);
    if (!job?.drawn.some((picture) => picture.index === index)) return "NOT_FOUND";
    if (!isTerminal(job)) return "ACTIVE";
    await deletePicture(job, index, { ...this.#ports, blobs });
    return "DELETED";
  }

  /** Returns the job afterwards; undefined if it does not have the picture. */
  async setStarred(id: string, index: number, starred: boolean): Promise<JobRecord | undefined> {
    const job = await this.get(id);
    const star: Transition = (newest, now) => transitions.setStarred(newest, index, starred, now);
    const record = job && (await update(this.#ports, id, star, job)).record;
    return record?.drawn.some((picture) => picture.index === index) ? record : undefined;
  }

  /** The job's events after number `after`; undefined if there is no such job. */
  async watch(
    id: string,
    after: number,
    signal?: AbortSignal,
  ): Promise<AsyncGenerator<ObservedEvent, void, undefined> | undefined> {
    return (await this.get(id)) && watch(this.#ports.store, id, after, signal);
  }

  /** The place before the first event; `startOfEvents` has the default. */
  async startOfEvents({ after, since }: EventsStart): Promise<OwnerPosition> {
    const { store, clock } = this.#ports;
    return after ?? startOfEvents(store, this.owner, clock.now(), since);
  }

  /** The events of all jobs. Ends only when `signal` is aborted. */
  async watchAll(from: EventsStart, signal?: AbortSignal): Promise<AsyncGenerator<OwnerEvent, void, undefined>> {
    return watchOwner(this.#ports.store, this.owner, await this.startOfEvents(from), signal);
  }

  /** The events after this place so far. */
  eventsAfter(position: OwnerPosition): AsyncGenerator<OwnerEvent, unknown, undefined> {
    return eventsAfter(this.#ports.store, this.owner, position);
  }

  /** The key of the upload's blob; undefined for a malformed id. */
  uploadKey(upload: string): string | undefined {
    return parseGlobalId(upload)?.type === "Upload" ? uploadKey(this.owner, upload) : undefined;
  }
}
