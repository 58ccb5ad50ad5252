// Where the events for a subscription come from: changed records, or the store. Each event has the place after it, in the
// form that the subscription's row has: the number of the job's event, or a place among the events of all jobs.
import { isTerminal, type JobRecord } from "../../../infra/jobs/job.ts";
import { formatPosition, parsePosition, undelivered } from "../../../infra/jobs/owner-position.ts";
import type { Tenant } from "../../../infra/jobs/tenant.ts";
import type { ObservedEvent } from "../../../infra/jobs/watch.ts";
import { eventsOf, type OwnerEvent } from "../../../infra/jobs/watch-owner.ts";
import type { EventsAtHand } from "../../../schema/index.ts";

/** Events of one job, to be sent together, and the place after each. */
type Batch = { readonly atHand: EventsAtHand; readonly positions: readonly string[] };

export type EventSource = {
  /** Whether there may be anything to send after this place. */
  hasNews(position: string): boolean;
  after(position: string): AsyncIterable<Batch>;
  /** No event follows those of this source. */
  readonly completes: boolean;
};

/** The events of one job. */
export function jobSource(record: JobRecord): EventSource {
  const completes = isTerminal(record);
  return {
    completes,
    hasNews: (position) => completes || record.events.length > Number(position),
    after: async function* (position) {
      const news = record.events.slice(Number(position)).map((event) => ({ event, record }));
      const events = collapseProgress(news);
      yield { atHand: { job: record.id, events }, positions: events.map(({ event }) => String(event.seq)) };
    },
  };
}

/** The events in changed records of one owner. */
export function ownerSource(records: readonly JobRecord[]): EventSource {
  return {
    completes: false,
    hasNews: (position) => records.some((record) => undelivered(parsePosition(position)!, record).length > 0),
    after: (position) => batches(eventsOf(records, parsePosition(position)!)),
  };
}

/** All past events of an owner's jobs. */
export function pastSource(tenant: Tenant): EventSource {
  return {
    completes: false,
    hasNews: () => true,
    after: (position) => batches(tenant.eventsAfter(parsePosition(position)!)),
  };
}

/** One batch for each job. */
async function* batches(found: AsyncIterable<OwnerEvent>): AsyncGenerator<Batch, void, undefined> {
  let batch: OwnerEvent[] = [];
  for await (const event of found) {
    if (batch[0] && batch[0].record.id !== event.record.id) {
      yield batchOf(batch);
      batch = [];
    }
    batch.push(event);
  }
  if (batch.length > 0) yield batchOf(batch);
}

function batchOf(batch: readonly OwnerEvent[]): Batch {
  const events = collapseProgress(batch);
  return { atHand: { events }, positions: events.map(({ position }) => formatPosition(position)) };
}

/** Only the last of successive progress events. */
function collapseProgress<E extends ObservedEvent>(events: readonly E[]): readonly E[] {
  return events.filter(({ event: { type } }, i) => type !== "PROGRESS" || events[i + 1]?.event.type !== "PROGRESS");
}
