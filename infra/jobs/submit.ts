// How a job comes to be: its record first, then its message. Whoever dies in between leaves a record that says it was
// never sent, which the sweeper sends.
import type { Clock, JobStore } from "../ports.ts";
import { fingerprintOf, jobId } from "./identity.ts";
import type { JobRecord, JobRequest } from "./job.ts";
import { accept } from "./moves.ts";

export type Ask = {
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

/** Writes the record; the message is the caller's next step. */
export function submit(store: JobStore, clock: Clock, turns: Turns, ask: Ask): Promise<Submitted> {
  return turns.take(ask.owner, () => admit(store, clock, ask));
}

async function admit(store: JobStore, clock: Clock, ask: Ask): Promise<Submitted> {
  const { owner, request, idempotencyKey, quota, startSeconds, endSeconds, webhook } = ask;
  const id = jobId(owner, idempotencyKey);
  const fingerprint = fingerprintOf(request, { startSeconds, endSeconds, webhook });
  const again = async (): Promise<Submitted | undefined> => {
    const job = idempotencyKey === undefined ? undefined : await store.get(id);
    if (job === undefined) return undefined;
    return job.fingerprint === fingerprint ? { type: "ACCEPTED", job, again: true } : { type: "CONFLICT", job };
  };
  const known = await again();
  if (known) return known;
  const pictures = picturesOf(request);
  const inFlight = await store.picturesInFlight(owner);
  // Another process may have let in this very job since, and then it is not one too many.
  if (inFlight + pictures > quota) return (await again()) ?? { type: "QUOTA", quota, inFlight };
  const job = accept({ id, owner, request, fingerprint, pictures, startSeconds, endSeconds, webhook }, clock.now());
  if (await store.create(job)) return { type: "ACCEPTED", job, again: false };
  const first = await again();
  if (first === undefined) throw new Error(`Job ${id} was there and is gone`);
  return first;
}

/** One at a time for each owner, so that between counting an owner's pictures and adding to them nothing comes in. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  async take<Out>(owner: string, act: () => Promise<Out>): Promise<Out> {
    const turn = (this.#last.get(owner) ?? Promise.resolve()).then(act);
    const over = turn.catch(() => {});
    this.#last.set(owner, over);
    try {
      return await turn;
    } finally {
      if (this.#last.get(owner) === over) this.#last.delete(owner);
    }
  }
}
