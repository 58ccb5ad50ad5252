// A place in the stream of all events of an owner's jobs, and what comes after it. The events are not stored a second time:
// the place names, for each job that may have further events, the last one delivered.
import { isTerminal, type JobEvent, type JobRecord } from "./job.ts";

/**
 * How much later than another one a job may become visible that was accepted before it: indexes lag behind, the clocks of
 * two machines differ, and changes of two jobs travel separately.
 */
export const VISIBILITY_LAG_MS = 60_000;

export type OwnerPosition = {
  /** A job that was accepted before this time (ms since 1970) and has ended has no further events. */
  readonly since: number;
  /** Jobs that have not ended, and the number of the last event delivered of each. */
  readonly active: ReadonlyMap<string, number>;
  /** Jobs accepted since `since` of which every event was delivered, and the time each was accepted. */
  readonly ended: ReadonlyMap<string, number>;
};

/** From the first event on of these active jobs and of all that are accepted from `since` on. */
export function positionBefore(active: readonly string[], since: number): OwnerPosition {
  return { since, active: new Map(active.map((id) => [id, 0])), ended: new Map() };
}

/** The record's events that are not delivered yet, in order. */
export function undelivered({ since, active, ended }: OwnerPosition, record: JobRecord): readonly JobEvent[] {
  const delivered = active.get(record.id);
  if (delivered !== undefined) return record.events.slice(delivered);
  const isOver = ended.has(record.id) || (isTerminal(record) && record.createdAt < since);
  return isOver ? [] : record.events;
}

/** The place after the record's events up to number `seq`. */
export function advance(position: OwnerPosition, { id, createdAt, ...record }: JobRecord, seq: number): OwnerPosition {
  // Jobs that the place names already say nothing about those that are yet to come.
  const since = position.active.has(id) ? position.since : Math.max(position.since, createdAt - VISIBILITY_LAG_MS);
  const active = new Map(position.active);
  const ended = new Map([...position.ended].filter(([, acceptedAt]) => acceptedAt >= since));
  if (!isTerminal(record) || seq < record.events.length) active.set(id, seq);
  else {
    active.delete(id);
    if (createdAt >= since) ended.set(id, createdAt);
  }
  return { since, active, ended };
}

/** The place without a job that was deleted. */
export function withoutJob(position: OwnerPosition, id: string): OwnerPosition {
  const active = new Map(position.active);
  active.delete(id);
  return { ...position, active };
}

/** About 50 characters for each job. */
export function formatPosition({ since, active, ended }: OwnerPosition): string {
  const jobs = [...active].map(([id, seq]) => `${id}.${seq}`);
  const over = [...ended].map(([id, acceptedAt]) => `${id}-${acceptedAt.toString(36)}`);
  return Buffer.from([since, ...jobs, ...over].join("~")).toString("base64url");
}

const SINCE = /^\d{1,15}$/;
const JOB = /^([0-9a-z]{1,64})(?:\.(\d{1,6})|-([0-9a-z]{1,10}))$/;

/** Undefined for a text that formatPosition does not make. */
export function parsePosition(text: string): OwnerPosition | undefined {
  const [since = "", ...jobs] = Buffer.from(text, "base64url").toString().split("~");
  const found = jobs.map((job) => JOB.exec(job));
  if (!SINCE.test(since) || found.includes(null)) return undefined;
  const active = new Map<string, number>();
  const ended = new Map<string, number>();
  for (const [, id, seq, acceptedAt] of found as RegExpExecArray[]) {
    if (acceptedAt === undefined) active.set(id!, Number(seq));
    else ended.set(id!, Number.parseInt(acceptedAt, 36));
  }
  return { since: Number(since), active, ended };
}
