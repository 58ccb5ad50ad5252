// The ports in memory, as strict as the adapters: what they refuse is refused here too. Waiting takes the time of the
// timers, so a test of time brings a clock and fake timers that agree (test/support/jobs/time.ts).

import { isStarred, isTerminal, type JobRecord } from "../../../infra/jobs/job.ts";
import type { Clock, JobMessage, JobPage, JobStore, Message, Queue, WebhookLimits } from "../../../infra/ports.ts";
import { QUEUE_LIMITS } from "../../../infra/ports.ts";

export { MemoryBlobs } from "./in-memory-blobs.ts";

type Wake = (record: JobRecord | undefined) => void;

export class MemoryStore implements JobStore {
  readonly records = new Map<string, JobRecord>();
  /** Of jobs and of owners. */
  readonly listeners = new Map<string, Set<Wake>>();

  async create(record: JobRecord): Promise<boolean> {
    if (this.records.has(record.id)) return false;
    this.#write(record);
    return true;
  }

  async get(id: string, owner?: string): Promise<JobRecord | undefined> {
    const found = this.records.get(id);
    return found && (owner ?? found.owner) === found.owner ? found : undefined;
  }

  async replace(previous: JobRecord, next: JobRecord): Promise<boolean> {
    if (next.id !== previous.id || next.version !== previous.version + 1) throw new Error("not the next version");
    if (this.records.get(previous.id)?.version !== previous.version) return false;
    this.#write(next);
    return true;
  }

  async remove(record: JobRecord): Promise<boolean> {
    if (this.records.get(record.id)?.version !== record.version) return false;
    this.records.delete(record.id);
    this.#wake(record, undefined);
    return true;
  }

  async list(owner: string, page: JobPage): Promise<readonly JobRecord[]> {
    const { first, after, before, fromEnd, status, kind, starred } = page;
    const newestFirst = (a: Place, b: Place) => b.createdAt - a.createdAt || Number(a.id < b.id) - Number(a.id > b.id);
    const found = this.#all()
      .filter((job) => job.owner === owner && (status?.includes(job.status) ?? true))
      .filter((job) => kind?.includes(job.request.kind) ?? true)
      .filter((job) => starred === undefined || isStarred(job) === starred)
      .filter((job) => after === undefined || newestFirst(after, job) < 0)
      .filter((job) => before === undefined || newestFirst(before, job) > 0)
      .sort(newestFirst);
    return fromEnd ? found.slice(-first) : found.slice(0, first);
  }

  async picturesInFlight(owner: string): Promise<number> {
    return this.#all().reduce((sum, job) => (job.owner === owner && !isTerminal(job) ? sum + job.pictures : sum), 0);
  }

  async due(now: number, limit: number): Promise<readonly JobRecord[]> {
    return this.#due(now)
      .filter((job) => !isTerminal(job))
      .slice(0, limit);
  }

  async dueWebhooks(now: number, { total, perOwner }: WebhookLimits): Promise<readonly JobRecord[]> {
    const counts = new Map<string, number>();
    const due = this.#due(now).filter((job) => {
      const count = (counts.get(job.owner) ?? 0) + 1;
      if (isTerminal(job)) counts.set(job.owner, count);
      return isTerminal(job) && count <= perOwner;
    });
    return due.slice(0, total);
  }

  listenOwner(owner: string, wake: Wake): () => void {
    return this.listen(ownerKey(owner), wake);
  }

  listen(id: string, wake: Wake): () => void {
    // Each call counts for itself, also with a function that listens already.
    const own: Wake = (record) => wake(record);
    const notified = this.listeners.get(id) ?? new Set();
    this.listeners.set(id, notified.add(own));
    return () => {
      notified.delete(own);
      if (notified.size === 0 && this.listeners.get(id) === notified) this.listeners.delete(id);
    };
  }

  async forget(before: number, limit: number): Promise<number> {
    const old = this.#all().filter(({ endedAt }) => endedAt !== undefined && endedAt < before);
    for (const { id } of old.slice(0, limit)) this.records.delete(id);
    return Math.min(old.length, limit);
  }

  #due(now: number): JobRecord[] {
    const due = this.#all().filter(({ wakeAt }) => wakeAt !== undefined && wakeAt <= now);
    return due.sort((a, b) => a.wakeAt! - b.wakeAt!);
  }

  #all(): JobRecord[] {
    return [...this.records.values()];
  }

  #write(record: JobRecord): void {
    this.records.set(record.id, record);
    this.#wake(record, record);
  }

  #wake({ id, owner }: JobRecord, record: JobRecord | undefined): void {
    for (const key of [id, ownerKey(owner)]) {
      for (const wake of [...(this.listeners.get(key) ?? [])]) wake(record);
    }
  }
}

const ownerKey = (owner: string) => `owner ${owner}`;

type Place = { readonly createdAt: number; readonly id: string };
type Waiting = {
  readonly job: JobMessage;
  readonly group: string;
  visibleAt: number;
  deliveries: number;
  handle: string;
};

export class MemoryQueue implements Queue {
  readonly messages = new Set<Waiting>();
  readonly #clock: Clock;
  readonly #waits = new Set<() => void>();
  #handles = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async send(job: JobMessage, { group, delaySeconds = 0 }: { group: string; delaySeconds?: number }): Promise<void> {
    within("delaySeconds", delaySeconds, QUEUE_LIMITS.delaySeconds);
    within("bytes", Buffer.byteLength(JSON.stringify(job)), QUEUE_LIMITS.bytes);
    this.messages.add({ job, group, visibleAt: this.#clock.now() + delaySeconds * 1000, deliveries: 0, handle: "" });
    this.#stir();
  }

  async receive(options: Parameters<Queue["receive"]>[0]): Promise<readonly Message[]> {
    const { max, waitSeconds, visibilitySeconds, signal } = options;
    within("max", max, QUEUE_LIMITS.batch);
    within("visibilitySeconds", visibilitySeconds, QUEUE_LIMITS.visibilitySeconds);
    const until = this.#clock.now() + waitSeconds * 1000;
    while (!signal?.aborted) {
      const now = this.#clock.now();
      const taken = [...this.messages].filter(({ visibleAt }) => visibleAt <= now).slice(0, max);
      if (taken.length > 0 || now >= until) return taken.map((waiting) => this.#deliver(waiting, visibilitySeconds));
      const next = [...this.messages].reduce((soonest, { visibleAt }) => Math.min(soonest, visibleAt), until);
      await this.#stirred(next - now, signal);
    }
    return [];
  }

  async changeVisibility(handle: string, seconds: number): Promise<boolean> {
    within("visibilitySeconds", seconds, QUEUE_LIMITS.visibilitySeconds);
    const held = this.#held(handle);
    if (held === undefined) return false;
    held.visibleAt = this.#clock.now() + seconds * 1000;
    this.#stir();
    return true;
  }

  async acknowledge(handle: string): Promise<void> {
    const held = this.#held(handle);
    if (held) this.messages.delete(held);
  }

  async position({ id }: JobMessage, group: string): Promise<number | undefined> {
    const now = this.#clock.now();
    const ready = [...this.messages].filter((waiting) => waiting.group === group && waiting.visibleAt <= now);
    const place = ready.findIndex(({ job }) => job.id === id);
    if (place >= 0) return place;
    return [...this.messages].some(({ job }) => job.id === id) ? undefined : ready.length;
  }

  async depth(): Promise<{ ready: number; hidden: number }> {
    const now = this.#clock.now();
    const hidden = [...this.messages].filter(({ visibleAt }) => visibleAt > now).length;
    return { ready: this.messages.size - hidden, hidden };
  }

  #deliver(waiting: Waiting, seconds: number): Message {
    waiting.visibleAt = this.#clock.now() + seconds * 1000;
    waiting.deliveries++;
    waiting.handle = `h${++this.#handles}`;
    const { job, handle, deliveries } = waiting;
    return { job, handle, deliveries };
  }

  #held(handle: string): Waiting | undefined {
    return [...this.messages].find((waiting) => waiting.handle === handle && waiting.visibleAt > this.#clock.now());
  }

  #stir(): void {
    for (const wake of [...this.#waits]) wake();
  }

  #stirred(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waits.delete(done);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.#waits.add(done);
      signal?.addEventListener("abort", done);
    });
  }
}

function within(what: string, value: number, most: number): void {
  if (!Number.isInteger(value) || value < 0 || value > most) throw new RangeError(`${what} must be 0 to ${most}`);
}
