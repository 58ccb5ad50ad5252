import type { JobStore, JobsPorts } from "../ports.ts";
import type { JobRecord } from "./job.ts";

/** `record` is the state afterwards; `changed` tells whether this call wrote it. */
export type SwapResult = { readonly record: JobRecord | undefined; readonly changed: boolean };

/**
 * Applies `transition` to the newest version, and again after each write that another writer won. Writes nothing if
 * `transition` returns undefined for the current version. `known` saves the first read.
 */
export async function compareAndSwap(
  store: JobStore,
  id: string,
  transition: (record: JobRecord) => JobRecord | undefined,
  known?: JobRecord,
): Promise<SwapResult> {
  for (let record = known ?? (await store.get(id)); record !== undefined; record = await store.get(id)) {
    const next = transition(record);
    if (next !== undefined && (await store.replace(record, next))) return { record: next, changed: true };
    // `known` may be outdated, so only a record that was just read can refuse the transition.
    if (next === undefined && record !== known) return { record, changed: false };
    known = undefined;
  }
  return { record: undefined, changed: false };
}

/** The next version of a record at time `now`; undefined if the transition is not allowed. */
export type Transition = (record: JobRecord, now: number) => JobRecord | undefined;

/** Applies a transition (transitions.ts) by `compareAndSwap`, at the time of each try. */
export function update(
  { store, clock }: Pick<JobsPorts, "store" | "clock">,
  id: string,
  transition: Transition,
  known?: JobRecord,
): Promise<SwapResult> {
  return compareAndSwap(store, id, (record) => transition(record, clock.now()), known);
}
