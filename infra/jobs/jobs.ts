// The life of jobs over the ports: what the API calls, what workers call, and what the sweeper does in between.

import type { Clock, JobPage, JobStore, Queue } from "../ports.ts";
import { forEachConcurrent } from "../util/for-each-concurrent.ts";
import { Attempt } from "./attempt.ts";
import type { Embedding } from "./embedding.ts";
import type { JobRecord } from "./job.ts";
import { type Match, search } from "./search.ts";
import { Admission, type SubmitOptions, type Submitted } from "./submit.ts";
import * as moves from "./transitions.ts";
import { compareAndSwap } from "./update.ts";
import { needsSending, notificationDue } from "./wake-time.ts";
import { type ObservedEvent, watch } from "./watch.ts";

export type JobsPorts = {
  readonly store: JobStore;
  readonly queue: Queue;
  readonly clock: Clock;
  /** Hears of what failed out of a caller's sight and will be tried again. */
  readonly trouble?: ((what: string, error: unknown) => void) | undefined;
};

/** What a worker finds behind a message. */
export type Leased =
  | { readonly type: "LEASED"; readonly attempt: Attempt }
  /** Over, gone, or another worker's: the message is of no more use. */
  | { readonly type: "NOTHING" }
  /** A pause after a failed attempt: come again in so many seconds. */
  | { readonly type: "EARLY"; readonly seconds: number };

export type SweepResult = {
  /** Records whose webhook is due, and no note of it on its way. */
  readonly hooks: readonly JobRecord[];
  /** As many were due as were looked at, and not all failed: another sweep will find more to do. */
  readonly more: boolean;
};

/** Records a sweep looks at in one go, where it comes once a second. */
const SWEEP = 100;
/** And of these at the same time: nearly all of its time a sweep waits for the store and the queue. */
const SWEPT_ABREAST = 25;

export class Jobs {
  readonly #ports: JobsPorts;
  readonly #admission: Admission;
  readonly #sending = new Set<Promise<unknown>>();

  constructor(ports: JobsPorts) {
    this.#ports = ports;
    this.#admission = new Admission(ports.store, ports.clock);
  }

  /** Answers when the record is safe. Its message follows in the background: where a process freezes, await `settled`. */
  async submit(ask: SubmitOptions): Promise<Submitted> {
    const submitted = await this.#admission.submit(ask);
    if (submitted.type === "ACCEPTED" && !submitted.again) this.#sendSoon(submitted.job);
    return submitted;
  }

  /** Undefined for a job of somebody else, as for one that never was. */
  async get(owner: string, id: string): Promise<JobRecord | undefined> {
    const job = await this.#ports.store.get(id);
    return job?.owner === owner ? job : undefined;
  }

  list(owner: string, page: JobPage): Promise<readonly JobRecord[]> {
    return this.#ports.store.list(owner, page);
  }

  /** The owner's finished pictures that come closest to `wanted`. */
  search(owner: string, wanted: Embedding, first: number): Promise<readonly Match[]> {
    const { store, clock } = this.#ports;
    return search(store, owner, { wanted, first, now: clock.now() });
  }

  /** Of the owner's jobs that are not over; may lag behind by moments. */
  picturesInFlight(owner: string): Promise<number> {
    return this.#ports.store.picturesInFlight(owner);
  }

  /** The job as it then stands: canceled, or over already, however often it is called. */
  async cancel(owner: string, id: string): Promise<JobRecord | undefined> {
    const job = await this.get(owner, id);
    if (job === undefined) return undefined;
    return (await this.#move(id, moves.cancel, job)).record;
  }

  /** Undefined for a job of somebody else. */
  async watch(
    owner: string,
    id: string,
    after: number,
    signal?: AbortSignal,
  ): Promise<AsyncGenerator<ObservedEvent, void, undefined> | undefined> {
    return (await this.get(owner, id)) && watch(this.#ports.store, id, after, signal);
  }

  async lease(id: string, worker: string): Promise<Leased> {
    const { store, clock } = this.#ports;
    const aged = await this.#move(id, moves.expire);
    if (aged.changed && aged.record) await this.#sendIfQueued(aged.record);
    const { record, changed } = await compareAndSwap(
      store,
      id,
      (job) => moves.lease(job, worker, clock.now()),
      aged.record,
    );
    if (changed && record) {
      return { type: "LEASED", attempt: new Attempt(this.#ports, record, (job) => this.#sendIfQueued(job)) };
    }
    if (record?.status !== "QUEUED") return { type: "NOTHING" };
    return { type: "EARLY", seconds: Math.max(1, Math.ceil((record.notBefore - clock.now()) / 1000)) };
  }

  /** A machine is coming up: says so to whoever waits in the queue. */
  async provisioning(id: string): Promise<void> {
    await this.#move(id, moves.provisioning);
  }

  /** Its message was given up: so is the job, unless it is over or drawn at the moment. Whether this call ended it. */
  async abandon(id: string): Promise<boolean> {
    return (await this.#move(id, moves.abandon)).changed;
  }

  /** Does what is due by time alone, to so many records at most. */
  async sweep(limit = SWEEP): Promise<SweepResult> {
    const { store, clock, trouble } = this.#ports;
    const due = await store.due(clock.now(), limit);
    const swept: JobRecord[] = [];
    await forEachConcurrent(due, SWEPT_ABREAST, async (found) => {
      try {
        swept.push(await this.#sweepOne(found));
        return true;
      } catch (error) {
        // It stays due and comes again; one record that cannot be written must not hold up all others.
        trouble?.(`sweeping job ${found.id}`, error);
        return false;
      }
    });
    const hooks = swept.filter((job) => notificationDue(job, clock.now()));
    return { hooks, more: due.length === limit && swept.length > 0 };
  }

  /** A note of the job's webhook is in the queue of webhooks. */
  async noted(job: JobRecord): Promise<void> {
    const { id, webhook } = job;
    if (webhook) await this.#move(id, (newest, now) => moves.markNotified(newest, webhook.tries, now), job);
  }

  /** For a process that is alone with its store and has just begun: what runs there has lost its worker. */
  async reclaim(): Promise<number> {
    let lost = 0;
    for (const found of await this.#ports.store.due(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)) {
      if (found.status !== "RUNNING") continue;
      const { record, changed } = await this.#move(found.id, moves.loseWorker, found);
      if (changed) lost++;
      if (changed && record) await this.#sendIfQueued(record);
    }
    return lost;
  }

  /** When every message of the submits so far was sent or given up to the sweeper. */
  async settled(): Promise<void> {
    await Promise.all(this.#sending);
  }

  /** The record was read a moment ago: whoever has moved it on since sees to what follows from that. */
  async #sweepOne(found: JobRecord): Promise<JobRecord> {
    const now = this.#ports.clock.now();
    if (moves.expire(found, now) === undefined) {
      if (needsSending(found, now)) await this.#send(found);
      return found;
    }
    const { record, changed } = await this.#move(found.id, moves.expire, found);
    if (changed && record) await this.#sendIfQueued(record);
    return record ?? found;
  }

  #move(id: string, make: (job: JobRecord, now: number) => JobRecord | undefined, known?: JobRecord) {
    const { store, clock } = this.#ports;
    return compareAndSwap(store, id, (job) => make(job, clock.now()), known);
  }

  #sendSoon(job: JobRecord): void {
    // What fails here is not lost: the record says that it was not sent.
    const sending = this.#send(job).catch((error) => this.#ports.trouble?.(`sending job ${job.id}`, error));
    this.#sending.add(sending);
    void sending.then(() => this.#sending.delete(sending));
  }

  async #sendIfQueued(job: JobRecord): Promise<void> {
    if (job.status === "QUEUED") await this.#send(job);
  }

  async #send(job: JobRecord): Promise<void> {
    const { queue, clock } = this.#ports;
    const { id, owner, notBefore, attempt } = job;
    const delaySeconds = Math.max(0, Math.ceil((notBefore - clock.now()) / 1000));
    await queue.send({ id }, { group: owner, delaySeconds });
    await this.#move(id, (newest, now) => moves.markSent(newest, attempt, now), job);
  }
}
