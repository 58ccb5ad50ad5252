// The service API of jobs: what the GraphQL API, the workers and the sweeper call.

import { type JobsPorts, QUEUE_LIMITS, type WebhookLimits } from "../ports.ts";
import { forEachConcurrent } from "../util/for-each-concurrent.ts";
import { Attempt } from "./attempt.ts";
import type { JobRecord, WebhookJob } from "./job.ts";
import { Admission, type SubmitOptions, type Submitted } from "./submit.ts";
import { Tenant } from "./tenant.ts";
import * as transitions from "./transitions.ts";
import { type SwapResult, type Transition, update } from "./update.ts";
import { needsSending, notificationDue } from "./wake-time.ts";

/** The result of leasing the job that a message names. */
type Leased =
  | { readonly type: "LEASED"; readonly attempt: Attempt }
  /** The job has ended, is gone or is leased by another worker. The message is obsolete. */
  | { readonly type: "NOTHING" }
  /** The job pauses after a failed attempt. Try again after `seconds`. */
  | { readonly type: "EARLY"; readonly seconds: number };

/** Default number of records per sweep, for a sweeper that runs once a second. */
const SWEEP_LIMIT = 100;
/** A sweep spends most of its time waiting for the store and the queue, so records are handled concurrently. */
const SWEEP_CONCURRENCY = 25;

export class Jobs {
  readonly #ports: JobsPorts;
  readonly #admission: Admission;
  readonly #sending = new Set<Promise<unknown>>();

  constructor(ports: JobsPorts) {
    this.#ports = ports;
    this.#admission = new Admission(ports.store, ports.clock);
  }

  /**
   * Resolves once the record is stored. The message is sent in the background: where the process may freeze afterwards,
   * await `settled`.
   */
  async submit(options: SubmitOptions): Promise<Submitted> {
    const submitted = await this.#admission.submit(options);
    if (submitted.type === "ACCEPTED" && !submitted.duplicate) this.#sendSoon(submitted.job);
    return submitted;
  }

  /** The jobs and uploads of one owner, for a caller's requests. */
  of(owner: string): Tenant {
    return new Tenant(owner, this.#ports, (options) => this.submit(options));
  }

  async lease(id: string, worker: string): Promise<Leased> {
    const { clock } = this.#ports;
    const expired = await this.#update(id, transitions.expire);
    if (expired.changed) await this.#sendIfQueued(expired.record);
    const { record, changed } = await this.#update(
      id,
      (job, now) => transitions.lease(job, worker, now),
      expired.record,
    );
    if (changed && record) {
      return { type: "LEASED", attempt: new Attempt(this.#ports, record, (job) => this.#sendIfQueued(job)) };
    }
    if (record?.status !== "QUEUED") return { type: "NOTHING" };
    const seconds = Math.ceil((record.notBefore - clock.now()) / 1000);
    return { type: "EARLY", seconds: Math.min(Math.max(1, seconds), QUEUE_LIMITS.delaySeconds) };
  }

  /** Records that a machine is starting up, for clients that wait for the job. */
  async provisioning(id: string): Promise<void> {
    await this.#update(id, transitions.provisioning);
  }

  /**
   * Ends a job whose message went to the dead-letter queue, unless it has ended or is running. Returns whether this call
   * ended it.
   */
  async abandon(id: string): Promise<boolean> {
    return (await this.#update(id, transitions.abandon)).changed;
  }

  /**
   * Handles up to `limit` active jobs that are due: deadlines, lost workers, messages to send. Returns true if the limit
   * was reached and at least one record succeeded, so another sweep has work to do.
   */
  async sweep(limit = SWEEP_LIMIT): Promise<boolean> {
    const { store, clock, onError } = this.#ports;
    const due = await store.due(clock.now(), limit);
    let swept = 0;
    await forEachConcurrent(due, SWEEP_CONCURRENCY, async (found) => {
      try {
        await this.#sweepOne(found);
        swept++;
      } catch (error) {
        // The record stays due and is retried. One record that cannot be written must not block the others.
        onError?.(`sweeping job ${found.id}`, error);
      }
    });
    return due.length === limit && swept > 0;
  }

  /** Jobs whose webhook must be sent now, and for which no message is in the queue of webhooks. */
  async dueWebhooks(limits: WebhookLimits): Promise<readonly WebhookJob[]> {
    const { store, clock } = this.#ports;
    const due = await store.dueWebhooks(clock.now(), limits);
    return due.filter((job): job is WebhookJob => notificationDue(job, clock.now()));
  }

  /** Records that a message for the job's webhook is in the queue of webhooks. */
  async markNotified(job: WebhookJob): Promise<void> {
    const { id, webhook } = job;
    await this.#update(id, (newest, now) => transitions.markNotified(newest, webhook.tries, now), job);
  }

  /** Requeues every running job. Only for a process that has just started and is the only user of its store. */
  async reclaim(): Promise<number> {
    await this.correctTimes();
    let lost = 0;
    for (const found of await this.#ports.store.due(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)) {
      if (found.status !== "RUNNING") continue;
      const { record, changed } = await this.#update(found.id, transitions.loseWorker, found);
      if (!changed) continue;
      lost++;
      await this.#sendIfQueued(record);
    }
    return lost;
  }

  /** After the clock was set back: jobs that were written in the future would otherwise wait for their time to come. */
  async correctTimes(): Promise<void> {
    const { store } = this.#ports;
    const [now, all] = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
    const waiting = [...(await store.due(now, all)), ...(await store.dueWebhooks(now, { total: all, perOwner: all }))];
    for (const found of waiting) await this.#update(found.id, transitions.correctTimes, found);
  }

  /** Resolves when the message of every submit so far was sent or left to the sweeper. */
  async settled(): Promise<void> {
    await Promise.all(this.#sending);
  }

  /** If another process has changed the record since it was read, that process also does what follows. */
  async #sweepOne(found: JobRecord): Promise<void> {
    const now = this.#ports.clock.now();
    if (transitions.expire(found, now) === undefined) {
      if (needsSending(found, now)) await this.#send(found);
      return;
    }
    const { record, changed } = await this.#update(found.id, transitions.expire, found);
    if (changed) await this.#sendIfQueued(record);
  }

  #update(id: string, transition: Transition, known?: JobRecord): Promise<SwapResult> {
    return update(this.#ports, id, transition, known);
  }

  #sendSoon(job: JobRecord): void {
    // A failure loses nothing: the record shows that no message was sent, and the sweeper sends it.
    const sending = this.#send(job).catch((error) => this.#ports.onError?.(`sending job ${job.id}`, error));
    this.#sending.add(sending);
    void sending.then(() => this.#sending.delete(sending));
  }

  async #sendIfQueued(job: JobRecord | undefined): Promise<void> {
    if (job?.status === "QUEUED") await this.#send(job);
  }

  async #send(job: JobRecord): Promise<void> {
    const { queue, clock } = this.#ports;
    const { id, owner, notBefore, attempt } = job;
    const pause = Math.ceil((notBefore - clock.now()) / 1000);
    const delaySeconds = Math.min(Math.max(0, pause), QUEUE_LIMITS.delaySeconds);
    await queue.send({ id }, { group: owner, delaySeconds });
    await this.#update(id, (newest, now) => transitions.markSent(newest, attempt, now), job);
  }
}
