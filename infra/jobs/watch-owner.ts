// Follows all jobs of one owner. The stream has no end of its own.
import type { JobStore } from "../ports.ts";
import { interruptible } from "../util/interruptible.ts";
import { createNotifier } from "../util/notifier.ts";
import type { JobRecord, JobStatus } from "./job.ts";
import {
  advance,
  type OwnerPosition,
  positionBefore,
  undelivered,
  VISIBILITY_LAG_MS,
  withoutJob,
} from "./owner-position.ts";
import { type ObservedEvent, POLL_MS } from "./watch.ts";

/** An event, and the place in the stream after it. */
export type OwnerEvent = ObservedEvent & { readonly position: OwnerPosition };

type OwnerEvents = AsyncGenerator<OwnerEvent, OwnerPosition, undefined>;

const ACTIVE: readonly JobStatus[] = ["QUEUED", "RUNNING"];
/** Records that are read at a time. */
const PAGE = 20;
/** Changed records that wait for a slow consumer. Beyond them, the store is read again instead. */
const MAX_CHANGED = 20;

/**
 * The place before all events of the owner's active jobs, and of the jobs accepted at `since` (ms since 1970) or later.
 * Without `since`: within the last minute.
 */
export async function startOfEvents(
  store: JobStore,
  owner: string,
  now: number,
  since = now - VISIBILITY_LAG_MS,
): Promise<OwnerPosition> {
  const active: string[] = [];
  for await (const { id } of records(store, owner, { status: ACTIVE })) active.push(id);
  return positionBefore(active, since);
}

/**
 * Yields the events after `start`: first the past ones, then new ones as they happen, those of each job in order. Aborting
 * ends the watch.
 */
export function watchOwner(
  store: JobStore,
  owner: string,
  start: OwnerPosition,
  signal?: AbortSignal,
): AsyncGenerator<OwnerEvent, void, undefined> {
  return interruptible((end) => follow(store, owner, start, end), signal);
}

async function* follow(
  store: JobStore,
  owner: string,
  start: OwnerPosition,
  end: AbortSignal,
): AsyncGenerator<OwnerEvent, void, undefined> {
  const changes = createNotifier();
  /** Records to look at, the newest version of each; undefined if the store must be read. */
  let changed: Map<string, JobRecord> | undefined;
  const stopListening = store.listenOwner(owner, (record) => {
    if (record === undefined || changed?.size === MAX_CHANGED) changed = undefined;
    else if (record.version > (changed?.get(record.id)?.version ?? 0)) changed?.set(record.id, record);
    changes.notify();
  });
  try {
    let position = start;
    while (!end.aborted) {
      // Taken before the read, because the read may miss a write that happens during it.
      const since = changes.version;
      const known = changed;
      changed = new Map();
      position = yield* known ? eventsOf(known.values(), position) : eventsAfter(store, owner, position);
      await changes.wait(since, POLL_MS, end);
      if (changes.version === since) changed = undefined;
    }
  } finally {
    stopListening();
  }
}

/**
 * The events after `position` so far: of the jobs it names, then of newer ones by age, so that no place is ahead of an event
 * to come. Returns the place after them.
 */
export async function* eventsAfter(store: JobStore, owner: string, position: OwnerPosition): OwnerEvents {
  let current = position;
  for (const id of position.active.keys()) {
    const record = await store.get(id, owner);
    current = record ? yield* eventsOf([record], current) : withoutJob(current, id);
  }
  for await (const record of records(store, owner, { since: position.since })) {
    current = yield* eventsOf([record], current);
  }
  return current;
}

/** The events of these records after `position`. Returns the place after them. */
export async function* eventsOf(found: Iterable<JobRecord>, position: OwnerPosition): OwnerEvents {
  let current = position;
  for (const record of found) {
    for (const event of undelivered(current, record)) {
      current = advance(current, record, event.seq);
      yield { event, record, position: current };
    }
  }
  return current;
}

/** The owner's jobs, the oldest first. */
async function* records(
  store: JobStore,
  owner: string,
  { since = 0, status }: { readonly since?: number; readonly status?: readonly JobStatus[] },
): AsyncGenerator<JobRecord, void, undefined> {
  // "" comes before all ids.
  let before = { createdAt: since, id: "" };
  for (;;) {
    const page = await store.list(owner, { first: PAGE, before, fromEnd: true, status });
    yield* page.toReversed();
    if (page.length < PAGE) return;
    before = page[0]!;
  }
}
