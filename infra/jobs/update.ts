import type { JobStore } from "../ports.ts";
import type { JobRecord } from "./job.ts";

/** `record` is how it stands afterwards; `changed` whether this call made it so. */
export type SwapResult = { readonly record: JobRecord | undefined; readonly changed: boolean };

/** Makes a move on the newest version, again as often as somebody else's comes first; none when `make` refuses. */
export async function compareAndSwap(
  store: JobStore,
  id: string,
  make: (record: JobRecord) => JobRecord | undefined,
  known?: JobRecord,
): Promise<SwapResult> {
  for (let record = known ?? (await store.get(id)); record !== undefined; record = await store.get(id)) {
    const next = make(record);
    if (next !== undefined && (await store.replace(record, next))) return { record: next, changed: true };
    // A record at hand may be old: only a fresh one is reason enough to refuse.
    if (next === undefined && record !== known) return { record, changed: false };
    known = undefined;
  }
  return { record: undefined, changed: false };
}
