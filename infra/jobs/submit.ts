// How a job comes to be: its record first, then its message. Whoever dies in between leaves a record that says it was
// never sent, which the sweeper sends.
import type { Clock, JobStore } from "../ports.ts";
import { fingerprintOf, jobId } from "./identity.ts";
import type { JobRecord, JobRequest } from "./job.ts";
import { accept } from "./transitions.ts";

export type SubmitOptions = {
  readonly owner: string;
  readonly request: JobRequest;
  readonly idempotencyKey?: string | undefined;
  /** Deadlines in seconds from now: to be started, and to be over. */
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly webhook?: string | undefined;
  /** Pictures the owner may have in flight, this job's included. */
  readonly quota: number;
};

export type Submitted =
  /** `again`: an earlier submit under this idempotency key made it. */
  | { readonly type: "ACCEPTED"; readonly job: JobRecord; readonly again: boolean }
  | { readonly type: "CONFLICT"; readonly job: JobRecord }
  | { readonly type: "QUOTA"; readonly quota: number; readonly inFlight: number };

export function picturesOf(request: JobRequest): number {
  return request.kind === "generate" || request.kind === "variations" ? request.count : request.frames;
}

type Entry = {
  readonly ask: SubmitOptions;
  readonly id: string;
  readonly fingerprint: string;
  readonly resolve: (submitted: Submitted | Promise<Submitted>) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Writes records; their messages are the caller's next step. Each owner's asks are let in by turns, so that between
 * counting an owner's pictures and adding to them nothing comes in. Whatever waits is one turn: it is counted once, and
 * its records are written side by side, so that they can share a commit.
 */
export class Admission {
  readonly #store: JobStore;
  readonly #clock: Clock;
  /** By owner, as long as a turn runs. */
  readonly #waiting = new Map<string, Entry[]>();

  constructor(store: JobStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  submit(ask: SubmitOptions): Promise<Submitted> {
    const { owner, request, idempotencyKey, startSeconds, endSeconds, webhook } = ask;
    const id = jobId(owner, idempotencyKey);
    const fingerprint = fingerprintOf(request, { startSeconds, endSeconds, webhook });
    return new Promise((resolve, reject) => {
      const entry = { ask, id, fingerprint, resolve, reject };
      const waiting = this.#waiting.get(owner);
      if (waiting) return void waiting.push(entry);
      this.#waiting.set(owner, [entry]);
      void this.#take(owner);
    });
  }

  async #take(owner: string): Promise<void> {
    for (let turn = this.#waiting.get(owner)!; turn.length > 0; turn = this.#waiting.get(owner)!) {
      this.#waiting.set(owner, []);
      const left = await this.#turn(turn).catch((error) => {
        for (const { reject } of turn) reject(error);
        return [];
      });
      this.#waiting.get(owner)!.unshift(...left);
    }
    this.#waiting.delete(owner);
  }

  /** Those that must be looked at again once the others are written, in their order. */
  async #turn(turn: readonly Entry[]): Promise<readonly Entry[]> {
    const known = await Promise.all(turn.map((entry) => this.#again(entry)));
    const written = new Map<string, Promise<Submitted>>();
    let inFlight = await this.#store.picturesInFlight(turn[0]!.ask.owner);
    let next = 0;
    for (const entry of turn) {
      const before = known[next];
      const pictures = picturesOf(entry.ask.request);
      const fits = inFlight + pictures <= entry.ask.quota;
      // A key's second ask is known after its first; and whether there is room, when all before it are in or failed.
      if (!before && written.size > 0 && (!fits || written.has(entry.id))) break;
      next++;
      if (before) entry.resolve(before);
      else if (!fits) entry.resolve(this.#refuse(entry, inFlight));
      else {
        inFlight += pictures;
        const writing = this.#write(entry, pictures);
        written.set(entry.id, writing);
        entry.resolve(writing);
      }
    }
    await Promise.allSettled(written.values());
    return turn.slice(next);
  }

  /** What an earlier submit under the same idempotency key came to. */
  async #again({ ask, id, fingerprint }: Entry): Promise<Submitted | undefined> {
    const job = ask.idempotencyKey === undefined ? undefined : await this.#store.get(id);
    if (job === undefined) return undefined;
    return job.fingerprint === fingerprint ? { type: "ACCEPTED", job, again: true } : { type: "CONFLICT", job };
  }

  /** Another process may have let in this very job since, and then it is not one too many. */
  async #refuse(entry: Entry, inFlight: number): Promise<Submitted> {
    return (await this.#again(entry)) ?? { type: "QUOTA", quota: entry.ask.quota, inFlight };
  }

  async #write(entry: Entry, pictures: number): Promise<Submitted> {
    const { id, fingerprint, ask } = entry;
    const { owner, request, startSeconds, endSeconds, webhook } = ask;
    const order = { id, owner, request, fingerprint, pictures, startSeconds, endSeconds, webhook };
    const job = accept(order, this.#clock.now());
    if (await this.#store.create(job)) return { type: "ACCEPTED", job, again: false };
    const first = await this.#again(entry);
    if (first === undefined) throw new Error(`Job ${id} was there and is gone`);
    return first;
  }
}
