// The legal moves of a job, pure: a record in, the next one out, undefined where the move is not allowed. Whoever writes
// the result names the version it came from, so two movers cannot both win.

import type { DrawnPicture, Failure, JobRecord, JobRequest, NewEvent, Progress, Webhook } from "./job.ts";
import { isTerminal } from "./job.ts";
import { JOB_POLICY } from "./policy.ts";
import { deliveryDue, wakeTime } from "./wake-time.ts";

export type NewJob = {
  readonly id: string;
  readonly owner: string;
  readonly request: JobRequest;
  readonly fingerprint: string;
  readonly pictures: number;
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly webhook?: string | undefined;
};

export function accept({ startSeconds, endSeconds, webhook, ...order }: NewJob, now: number): JobRecord {
  const times = { createdAt: now, updatedAt: now, startBy: now + startSeconds * 1000, endBy: now + endSeconds * 1000 };
  const empty = { drawn: [], warnings: [], timings: [], events: [], attempt: 0, failures: 0, lost: 0, notBefore: now };
  const asked: Webhook | undefined = webhook === undefined ? undefined : { url: webhook, state: "WAITING", tries: 0 };
  const record: JobRecord = { ...order, ...times, ...empty, version: 0, status: "QUEUED", webhook: asked };
  return apply(record, now, {}, { type: "QUEUED" });
}

/** The message is in the queue; `attempt` as the record named it when it was sent: an attempt later it says nothing. */
export function markSent(record: JobRecord, attempt: number, now: number): JobRecord | undefined {
  return record.status === "QUEUED" && record.attempt === attempt ? apply(record, now, { sentAt: now }) : undefined;
}

/** A machine is coming up for the queue this job waits in. */
export function provisioning(record: JobRecord, now: number): JobRecord | undefined {
  const said = record.events.at(-1)?.type === "PROVISIONING";
  return record.status === "QUEUED" && !said ? apply(record, now, {}, { type: "PROVISIONING" }) : undefined;
}

/** A new attempt, when none is alive and it is time. */
export function lease(record: JobRecord, worker: string, now: number): JobRecord | undefined {
  if (record.status !== "QUEUED" || now < record.notBefore || missedDeadline(record, now)) return undefined;
  const attempt = record.attempt + 1;
  const held = { worker, until: now + JOB_POLICY.leaseMs };
  return apply(
    record,
    now,
    { status: "RUNNING", attempt, lease: held, startedAt: record.startedAt ?? now, sentAt: undefined },
    { type: "STARTED", attempt },
  );
}

export function heartbeat(record: JobRecord, attempt: number, now: number): JobRecord | undefined {
  if (!holdsLease(record, attempt)) return undefined;
  return apply(record, now, { lease: { ...record.lease!, until: now + JOB_POLICY.leaseMs } });
}

/** Undefined also when enough was told lately. The caller may drop it: progress is news, not state. */
export function progress(record: JobRecord, attempt: number, news: Progress, now: number): JobRecord | undefined {
  return progressDue(record, attempt, news.stage, now)
    ? apply(record, now, {}, { type: "PROGRESS", ...news })
    : undefined;
}

/** Whether the attempt may tell of its progress now: not more often than RULES say, but of each new stage at once. */
export function progressDue(record: JobRecord, attempt: number, stage: string, now: number): boolean {
  if (!holdsLease(record, attempt)) return false;
  const said = record.events.filter((event) => event.type === "PROGRESS");
  if (said.length >= JOB_POLICY.progressEvents) return false;
  const last = said.at(-1);
  return last === undefined || last.stage !== stage || now - last.at >= JOB_POLICY.progressMs;
}

/** One more picture lies under its key. Undefined when it was known: a later attempt draws the same one again. */
export function addPicture(
  record: JobRecord,
  attempt: number,
  picture: DrawnPicture,
  now: number,
): JobRecord | undefined {
  const { embedding: _, ...news } = picture;
  const { index } = news;
  if (!holdsLease(record, attempt) || record.drawn.some((known) => known.index === index)) return undefined;
  if (!Number.isInteger(index) || index < 0 || index >= record.pictures) {
    throw new Error(`Job ${record.id} asks for ${record.pictures} pictures and has none of index ${index}`);
  }
  const drawn = [...record.drawn, picture].sort((a, b) => a.index - b.index);
  return apply(record, now, { drawn }, { type: "PICTURE_READY", ...news });
}

export type Finish = Pick<JobRecord, "sheet" | "animation" | "warnings" | "timings">;

/** The end that was hoped for, and in the same write the pictures that were not told of yet. */
export function succeed(
  record: JobRecord,
  attempt: number,
  pictures: readonly DrawnPicture[],
  finish: Finish,
  now: number,
): JobRecord | undefined {
  if (!holdsLease(record, attempt)) return undefined;
  const whole = pictures.reduce((known, picture) => addPicture(known, attempt, picture, now) ?? known, record);
  if (whole.drawn.length !== whole.pictures) {
    throw new Error(`Job ${whole.id} has ${whole.drawn.length} of its ${whole.pictures} pictures`);
  }
  const ended = end(whole, now, { ...finish, status: "SUCCEEDED" }, { type: "SUCCEEDED" });
  return { ...ended, version: record.version + 1 };
}

/** The attempt failed: another one after a pause, unless a retry cannot help or there were enough. */
export function fail(record: JobRecord, attempt: number, failure: Failure, now: number): JobRecord | undefined {
  if (!holdsLease(record, attempt)) return undefined;
  const failures = record.failures + 1;
  return failure.retryable && failures < JOB_POLICY.maxFailures
    ? retry(record, now, { failures }, failure, JOB_POLICY.backoffMs(failures))
    : end(record, now, { status: "FAILED", failures, failure }, { type: "FAILED", failure });
}

/**
 * The worker must stop and the job is in order: the next attempt begins at once, and no failure is counted. There is an end
 * to that, as each time leaves its events in the record.
 */
export function release(record: JobRecord, attempt: number, now: number): JobRecord | undefined {
  if (!holdsLease(record, attempt)) return undefined;
  if (attempt < JOB_POLICY.maxAttempts) {
    return apply(record, now, { status: "QUEUED", lease: undefined, notBefore: now }, { type: "HANDED_BACK" });
  }
  const message = "Workers had to stop too often while they drew this job.";
  const failure = { code: "WORKER_LOST", message, retryable: true } as const;
  return end(record, now, { status: "FAILED", failure }, { type: "FAILED", failure });
}

/** Ends a running job too: its worker's next write is refused, and it hears so at the next step. */
export function cancel(record: JobRecord, now: number): JobRecord | undefined {
  return isTerminal(record) ? undefined : end(record, now, { status: "CANCELED" }, { type: "CANCELED" });
}

/** What time alone does: deadlines pass, workers die. */
export function expire(record: JobRecord, now: number): JobRecord | undefined {
  if (isTerminal(record)) return undefined;
  const deadline = missedDeadline(record, now);
  if (deadline) return end(record, now, { status: "EXPIRED" }, { type: "EXPIRED", deadline });
  return record.status === "RUNNING" && now >= record.lease!.until ? loseWorker(record, now) : undefined;
}

/** The attempt's worker is known to be dead. */
export function loseWorker(record: JobRecord, now: number): JobRecord | undefined {
  if (record.status !== "RUNNING") return undefined;
  const message = "The worker was lost while it drew this job.";
  const failure = { code: "WORKER_LOST", message, retryable: true } as const;
  const lost = record.lost + 1;
  return lost < JOB_POLICY.maxLost
    ? retry(record, now, { lost }, failure, JOB_POLICY.backoffMs(1))
    : end(record, now, { status: "FAILED", lost, failure }, { type: "FAILED", failure });
}

/**
 * Its message came to the dead letters: whoever took it could not begin, again and again. Undefined while an attempt is
 * alive.
 */
export function abandon(record: JobRecord, now: number): JobRecord | undefined {
  if (isTerminal(record) || (record.status === "RUNNING" && now < record.lease!.until)) return undefined;
  if (missedDeadline(record, now)) return expire(record, now);
  const message = "No worker could begin to draw this job.";
  const failure = { code: "WORKER_LOST", message, retryable: true } as const;
  return end(record, now, { status: "FAILED", failure }, { type: "FAILED", failure });
}

/** The note is in the queue; `tries` as the record named them when it was sent: a try later it says nothing. */
export function markNotified(record: JobRecord, tries: number, now: number): JobRecord | undefined {
  const { webhook } = record;
  if (webhook?.tries !== tries || !deliveryDue(record, now)) return undefined;
  return apply(record, now, { webhook: { ...webhook, notifiedAt: now } });
}

/** The webhook as it stands after a try. */
export function recordDelivery(record: JobRecord, webhook: Webhook, now: number): JobRecord | undefined {
  return isTerminal(record) && record.webhook?.state === "WAITING" ? apply(record, now, { webhook }) : undefined;
}

function retry(record: JobRecord, now: number, count: Partial<JobRecord>, failure: Failure, pause: number): JobRecord {
  const notBefore = now + pause;
  const change = { ...count, status: "QUEUED", lease: undefined, notBefore } as const;
  return apply(record, now, change, { type: "RETRYING", failure, notBefore });
}

function holdsLease(record: JobRecord, attempt: number): boolean {
  return record.status === "RUNNING" && record.attempt === attempt;
}

function missedDeadline({ attempt, startBy, endBy }: JobRecord, now: number): "START" | "END" | undefined {
  if (now >= endBy) return "END";
  return attempt === 0 && now >= startBy ? "START" : undefined;
}

function end(record: JobRecord, now: number, change: Partial<JobRecord>, event: NewEvent): JobRecord {
  const webhook = record.webhook && { ...record.webhook, nextAt: now };
  return apply(record, now, { ...change, lease: undefined, sentAt: undefined, endedAt: now, webhook }, event);
}

/** The next version: the change, its event, and when time alone will change it again. */
function apply(record: JobRecord, now: number, change: Partial<JobRecord>, event?: NewEvent): JobRecord {
  const events = event ? [...record.events, { ...event, seq: record.events.length + 1, at: now }] : record.events;
  const next = { ...record, ...change, events, version: record.version + 1, updatedAt: now };
  return { ...next, wakeAt: wakeTime(next) };
}
