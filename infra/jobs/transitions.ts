// The state machine of a job, as pure functions: each takes a record and returns the next version, or undefined where the
// transition is not allowed. The writer names the version it started from, so of two concurrent writers one fails.

import { hasFinishedWork } from "./finished-work.ts";
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

export function accept({ startSeconds, endSeconds, webhook, ...job }: NewJob, now: number): JobRecord {
  const times = { createdAt: now, updatedAt: now, startBy: now + startSeconds * 1000, endBy: now + endSeconds * 1000 };
  const empty = { drawn: [], warnings: [], timings: [], events: [], attempt: 0, failures: 0, lost: 0, notBefore: now };
  const delivery: Webhook | undefined =
    webhook === undefined ? undefined : { url: webhook, state: "WAITING", tries: 0 };
  const record: JobRecord = { ...job, ...times, ...empty, version: 0, status: "QUEUED", webhook: delivery };
  return apply(record, now, {}, { type: "QUEUED" });
}

/** The message is in the queue. `attempt` is the record's attempt at sending; after another attempt this has no effect. */
export function markSent(record: JobRecord, attempt: number, now: number): JobRecord | undefined {
  return record.status === "QUEUED" && record.attempt === attempt ? apply(record, now, { sentAt: now }) : undefined;
}

/** A machine is starting up for the queue that this job waits in. */
export function provisioning(record: JobRecord, now: number): JobRecord | undefined {
  const announced = record.events.at(-1)?.type === "PROVISIONING";
  return record.status === "QUEUED" && !announced ? apply(record, now, {}, { type: "PROVISIONING" }) : undefined;
}

/** Starts a new attempt, unless another one is running or the job pauses. */
export function lease(record: JobRecord, worker: string, now: number): JobRecord | undefined {
  if (record.status !== "QUEUED" || now < record.notBefore || missedDeadline(record, now)) return undefined;
  const attempt = record.attempt + 1;
  const newLease = { worker, until: now + JOB_POLICY.leaseMs };
  return apply(
    record,
    now,
    { status: "RUNNING", attempt, lease: newLease, startedAt: record.startedAt ?? now, sentAt: undefined },
    { type: "STARTED", attempt },
  );
}

export function heartbeat(record: JobRecord, attempt: number, now: number): JobRecord | undefined {
  if (!holdsLease(record, attempt)) return undefined;
  return apply(record, now, { lease: { ...record.lease!, until: now + JOB_POLICY.leaseMs } });
}

/** Undefined also if progress was recorded recently. The caller may drop the update: it is informational. */
export function progress(record: JobRecord, attempt: number, update: Progress, now: number): JobRecord | undefined {
  return progressDue(record, attempt, update.stage, now)
    ? apply(record, now, {}, { type: "PROGRESS", ...update })
    : undefined;
}

/** Whether to record progress now: at the rate of JOB_POLICY, and at once for each new stage. */
export function progressDue(record: JobRecord, attempt: number, stage: string, now: number): boolean {
  if (!holdsLease(record, attempt)) return false;
  const reported = record.events.filter((event) => event.type === "PROGRESS");
  if (reported.length >= JOB_POLICY.progressEvents) return false;
  const last = reported.at(-1);
  return last === undefined || last.stage !== stage || now - last.at >= JOB_POLICY.progressMs;
}

/** A picture is stored under its key. Undefined if the record has it already: a later attempt draws the same picture. */
export function addPicture(
  record: JobRecord,
  attempt: number,
  picture: DrawnPicture,
  now: number,
): JobRecord | undefined {
  const { embedding: _, starred: __, ...facts } = picture;
  const { index } = facts;
  if (!holdsLease(record, attempt) || record.drawn.some((known) => known.index === index)) return undefined;
  if (!Number.isInteger(index) || index < 0 || index >= record.pictures) {
    throw new Error(`Job ${record.id} has ${record.pictures} pictures; index ${index} is out of range`);
  }
  const drawn = [...record.drawn, picture].sort((a, b) => a.index - b.index);
  return apply(record, now, { drawn }, { type: "PICTURE_READY", ...facts });
}

export type Finish = Pick<JobRecord, "sheet" | "animation" | "warnings" | "timings">;

/** Ends the job and, in the same write, adds the pictures that were not recorded yet. */
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
    throw new Error(`Job ${whole.id} cannot succeed with ${whole.drawn.length} of ${whole.pictures} pictures`);
  }
  const ended = end(whole, now, { ...finish, status: "SUCCEEDED" }, { type: "SUCCEEDED" });
  return { ...ended, version: record.version + 1 };
}

/** The attempt failed: the job is retried after a pause, unless a retry cannot help or the maximum is reached. */
export function fail(record: JobRecord, attempt: number, failure: Failure, now: number): JobRecord | undefined {
  if (!holdsLease(record, attempt)) return undefined;
  const failures = record.failures + 1;
  return failure.retryable && failures < JOB_POLICY.maxFailures
    ? retry(record, now, { failures }, failure, JOB_POLICY.backoffMs(failures))
    : end(record, now, { status: "FAILED", failures, failure }, { type: "FAILED", failure });
}

/**
 * The worker must stop: the job is requeued at once, and no failure is counted. The number of releases is limited because
 * each attempt adds events to the record.
 */
export function release(record: JobRecord, attempt: number, now: number): JobRecord | undefined {
  if (!holdsLease(record, attempt)) return undefined;
  if (attempt < JOB_POLICY.maxAttempts) {
    return apply(record, now, { status: "QUEUED", lease: undefined, notBefore: now }, { type: "RELEASED" });
  }
  const message = "The job was interrupted too often because its workers had to stop.";
  const failure = { code: "WORKER_LOST", message, retryable: true } as const;
  return end(record, now, { status: "FAILED", failure }, { type: "FAILED", failure });
}

/** Ends a running job too. The worker finds out at its next write, which fails. */
export function cancel(record: JobRecord, now: number): JobRecord | undefined {
  return isTerminal(record) ? undefined : end(record, now, { status: "CANCELED" }, { type: "CANCELED" });
}

/** Applies what follows from time alone: missed deadlines and expired leases. */
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
  // Workers that die of the job itself die at the same place. An attempt that got on died of something else.
  const lost = hasFinishedWork(record) ? 0 : record.lost + 1;
  return lost < JOB_POLICY.maxLost
    ? retry(record, now, { lost }, failure, JOB_POLICY.backoffMs(1))
    : end(record, now, { status: "FAILED", lost, failure }, { type: "FAILED", failure });
}

/**
 * The clock was set back, so the record was written in the future: its times move back with the clock. Undefined if it
 * was not.
 */
export function correctTimes(record: JobRecord, now: number): JobRecord | undefined {
  const shift = record.updatedAt - now;
  if (shift <= JOB_POLICY.clockToleranceMs) return undefined;
  const { notBefore, startBy, endBy, sentAt, lease, webhook } = record;
  return apply(record, now, {
    notBefore: notBefore - shift,
    startBy: startBy - shift,
    endBy: endBy - shift,
    ...(sentAt !== undefined && { sentAt: sentAt - shift }),
    ...(lease && { lease: { ...lease, until: lease.until - shift } }),
    ...(webhook?.nextAt !== undefined && { webhook: { ...webhook, nextAt: webhook.nextAt - shift } }),
  });
}

/**
 * The job's message went to the dead-letter queue because every worker that received it failed to start. Undefined while
 * an attempt is running.
 */
export function abandon(record: JobRecord, now: number): JobRecord | undefined {
  if (isTerminal(record) || (record.status === "RUNNING" && now < record.lease!.until)) return undefined;
  if (missedDeadline(record, now)) return expire(record, now);
  const message = "No worker could begin to draw this job.";
  const failure = { code: "WORKER_LOST", message, retryable: true } as const;
  return end(record, now, { status: "FAILED", failure }, { type: "FAILED", failure });
}

/** A message is in the queue of webhooks. `tries` is the record's count at sending; after another try this has no effect. */
export function markNotified(record: JobRecord, tries: number, now: number): JobRecord | undefined {
  const { webhook } = record;
  if (webhook?.tries !== tries || !deliveryDue(record, now)) return undefined;
  return apply(record, now, { webhook: { ...webhook, notifiedAt: now } });
}

/** Stores the result of a delivery attempt. */
export function recordDelivery(record: JobRecord, webhook: Webhook, now: number): JobRecord | undefined {
  return isTerminal(record) && record.webhook?.state === "WAITING" ? apply(record, now, { webhook }) : undefined;
}

/** The owner stars a picture, or takes the star away. Undefined if that changes nothing. */
export function setStarred(record: JobRecord, index: number, starred: boolean, now: number): JobRecord | undefined {
  const picture = record.drawn.find((known) => known.index === index);
  if (picture === undefined || (picture.starred ?? false) === starred) return undefined;
  const marked = { ...picture, starred: starred ? (true as const) : undefined };
  return apply(record, now, { drawn: record.drawn.map((known) => (known === picture ? marked : known)) });
}

/** A picture's files are deleted. The sheet and the animation show it, so they are gone too. */
export function removePicture(record: JobRecord, index: number, now: number): JobRecord | undefined {
  const drawn = record.drawn.filter((picture) => picture.index !== index);
  if (!isTerminal(record) || drawn.length === record.drawn.length) return undefined;
  return apply(record, now, { drawn, sheet: undefined, animation: undefined });
}

function retry(
  record: JobRecord,
  now: number,
  counters: Partial<JobRecord>,
  failure: Failure,
  pause: number,
): JobRecord {
  const notBefore = now + pause;
  const change = { ...counters, status: "QUEUED", lease: undefined, notBefore } as const;
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

/** The next version: the changes, the event, and the new wake time. */
function apply(record: JobRecord, now: number, change: Partial<JobRecord>, event?: NewEvent): JobRecord {
  const events = event ? [...record.events, { ...event, seq: record.events.length + 1, at: now }] : record.events;
  const next = { ...record, ...change, events, version: record.version + 1, updatedAt: now };
  return { ...next, wakeAt: wakeTime(next) };
}
