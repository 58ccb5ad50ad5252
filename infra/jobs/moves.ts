// The legal moves of a job, pure: a record in, the next one out, undefined where the move is not allowed. Whoever writes
// the result names the version it came from, so two movers cannot both win.
import type { DrawnPicture, Failure, JobRecord, JobRequest, NewEvent, Progress, Webhook } from "./job.ts";
import { over } from "./job.ts";

/** How long things may take and how often they are tried; seconds where people set them, milliseconds here. */
export const RULES = {
  /** A worker that has not been heard of for so long is dead. */
  leaseMs: 30_000,
  /** Failed attempts before a job fails. */
  maxFailures: 3,
  /** Lost attempts before it does: more, because most of them are no fault of the job; and an end, because some are. */
  maxLost: 5,
  /** Attempts that a job may have been handed back after; a day of Lambda's quarters of an hour is a hundred. */
  maxAttempts: 300,
  /** Pause before the next attempt: 2 s, 8 s, ... */
  backoffMs: (failures: number) => 2_000 * 4 ** (failures - 1),
  /** A record that says nothing of its message for so long was never sent. */
  sendGraceMs: 5_000,
  /** A message not taken for so long may have been lost; a second one does no harm. */
  resendMs: 900_000,
  /** Progress is written at most so often ... */
  progressMs: 500,
  /** ... and to so many events of one job, so that a record stays well below DynamoDB's 400 KB. */
  progressEvents: 400,
} as const;

export type Order = {
  readonly id: string;
  readonly owner: string;
  readonly request: JobRequest;
  readonly fingerprint: string;
  readonly pictures: number;
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly webhook?: string | undefined;
};

export function accept({ startSeconds, endSeconds, webhook, ...order }: Order, now: number): JobRecord {
  const times = { createdAt: now, updatedAt: now, startBy: now + startSeconds * 1000, endBy: now + endSeconds * 1000 };
  const empty = { drawn: [], warnings: [], timings: [], events: [], attempt: 0, failures: 0, lost: 0, notBefore: now };
  const asked: Webhook | undefined = webhook === undefined ? undefined : { url: webhook, state: "WAITING", tries: 0 };
  const record: JobRecord = { ...order, ...times, ...empty, version: 0, status: "QUEUED", webhook: asked };
  return told(record, now, {}, { type: "QUEUED" });
}

/** The message is in the queue; `attempt` as the record named it when it was sent: an attempt later it says nothing. */
export function sent(record: JobRecord, attempt: number, now: number): JobRecord | undefined {
  return record.status === "QUEUED" && record.attempt === attempt ? told(record, now, { sentAt: now }) : undefined;
}

/** A machine is coming up for the queue this job waits in. */
export function provisioning(record: JobRecord, now: number): JobRecord | undefined {
  const said = record.events.at(-1)?.type === "PROVISIONING";
  return record.status === "QUEUED" && !said ? told(record, now, {}, { type: "PROVISIONING" }) : undefined;
}

/** A new attempt, when none is alive and it is time. */
export function lease(record: JobRecord, worker: string, now: number): JobRecord | undefined {
  if (record.status !== "QUEUED" || now < record.notBefore || late(record, now)) return undefined;
  const attempt = record.attempt + 1;
  const held = { worker, until: now + RULES.leaseMs };
  return told(
    record,
    now,
    { status: "RUNNING", attempt, lease: held, startedAt: record.startedAt ?? now, sentAt: undefined },
    { type: "STARTED", attempt },
  );
}

export function beat(record: JobRecord, attempt: number, now: number): JobRecord | undefined {
  if (!mine(record, attempt)) return undefined;
  return told(record, now, { lease: { ...record.lease!, until: now + RULES.leaseMs } });
}

/** Undefined also when enough was told lately. The caller may drop it: progress is news, not state. */
export function progress(record: JobRecord, attempt: number, news: Progress, now: number): JobRecord | undefined {
  return progressDue(record, attempt, news.stage, now)
    ? told(record, now, {}, { type: "PROGRESS", ...news })
    : undefined;
}

/** Whether the attempt may tell of its progress now: not more often than RULES say, but of each new stage at once. */
export function progressDue(record: JobRecord, attempt: number, stage: string, now: number): boolean {
  if (!mine(record, attempt)) return false;
  const said = record.events.filter((event) => event.type === "PROGRESS");
  if (said.length >= RULES.progressEvents) return false;
  const last = said.at(-1);
  return last === undefined || last.stage !== stage || now - last.at >= RULES.progressMs;
}

/** One more picture lies under its key. Undefined when it was known: a later attempt draws the same one again. */
export function drew(record: JobRecord, attempt: number, picture: DrawnPicture, now: number): JobRecord | undefined {
  const { embedding: _, ...news } = picture;
  const { index } = news;
  if (!mine(record, attempt) || record.drawn.some((known) => known.index === index)) return undefined;
  if (!Number.isInteger(index) || index < 0 || index >= record.pictures) {
    throw new Error(`Job ${record.id} asks for ${record.pictures} pictures and has none of index ${index}`);
  }
  const drawn = [...record.drawn, picture].sort((a, b) => a.index - b.index);
  return told(record, now, { drawn }, { type: "PICTURE_READY", ...news });
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
  if (!mine(record, attempt)) return undefined;
  const whole = pictures.reduce((known, picture) => drew(known, attempt, picture, now) ?? known, record);
  if (whole.drawn.length !== whole.pictures) {
    throw new Error(`Job ${whole.id} has ${whole.drawn.length} of its ${whole.pictures} pictures`);
  }
  const ended = end(whole, now, { ...finish, status: "SUCCEEDED" }, { type: "SUCCEEDED" });
  return { ...ended, version: record.version + 1 };
}

/** The attempt failed: another one after a pause, unless a retry cannot help or there were enough. */
export function fail(record: JobRecord, attempt: number, failure: Failure, now: number): JobRecord | undefined {
  if (!mine(record, attempt)) return undefined;
  const failures = record.failures + 1;
  return failure.retryable && failures < RULES.maxFailures
    ? retry(record, now, { failures }, failure, RULES.backoffMs(failures))
    : end(record, now, { status: "FAILED", failures, failure }, { type: "FAILED", failure });
}

/**
 * The worker must stop and the job is in order: the next attempt begins at once, and no failure is counted. There is an end
 * to that, as each time leaves its events in the record.
 */
export function handBack(record: JobRecord, attempt: number, now: number): JobRecord | undefined {
  if (!mine(record, attempt)) return undefined;
  if (attempt < RULES.maxAttempts) {
    return told(record, now, { status: "QUEUED", lease: undefined, notBefore: now }, { type: "HANDED_BACK" });
  }
  const message = "Workers had to stop too often while they drew this job.";
  const failure = { code: "WORKER_LOST", message, retryable: true } as const;
  return end(record, now, { status: "FAILED", failure }, { type: "FAILED", failure });
}

/** Ends a running job too: its worker's next write is refused, and it hears so at the next step. */
export function cancel(record: JobRecord, now: number): JobRecord | undefined {
  return over(record) ? undefined : end(record, now, { status: "CANCELED" }, { type: "CANCELED" });
}

/** What time alone does: deadlines pass, workers die. */
export function age(record: JobRecord, now: number): JobRecord | undefined {
  if (over(record)) return undefined;
  const deadline = late(record, now);
  if (deadline) return end(record, now, { status: "EXPIRED" }, { type: "EXPIRED", deadline });
  return record.status === "RUNNING" && now >= record.lease!.until ? lose(record, now) : undefined;
}

/** The attempt's worker is known to be dead. */
export function lose(record: JobRecord, now: number): JobRecord | undefined {
  if (record.status !== "RUNNING") return undefined;
  const message = "The worker was lost while it drew this job.";
  const failure = { code: "WORKER_LOST", message, retryable: true } as const;
  const lost = record.lost + 1;
  return lost < RULES.maxLost
    ? retry(record, now, { lost }, failure, RULES.backoffMs(1))
    : end(record, now, { status: "FAILED", lost, failure }, { type: "FAILED", failure });
}

/**
 * Its message came to the dead letters: whoever took it could not begin, again and again. Undefined while an attempt is
 * alive.
 */
export function abandon(record: JobRecord, now: number): JobRecord | undefined {
  if (over(record) || (record.status === "RUNNING" && now < record.lease!.until)) return undefined;
  if (late(record, now)) return age(record, now);
  const message = "No worker could begin to draw this job.";
  const failure = { code: "WORKER_LOST", message, retryable: true } as const;
  return end(record, now, { status: "FAILED", failure }, { type: "FAILED", failure });
}

/** Whether a message for the job has to be sent, for the first time or again. */
export function unsent({ status, sentAt, updatedAt }: JobRecord, now: number): boolean {
  if (status !== "QUEUED") return false;
  return now >= (sentAt === undefined ? updatedAt + RULES.sendGraceMs : sentAt + RULES.resendMs);
}

/** Whether the webhook is to be tried now. */
export function hookDue(record: JobRecord, now: number): boolean {
  const { state, nextAt } = record.webhook ?? {};
  return over(record) && state === "WAITING" && nextAt !== undefined && now >= nextAt;
}

/** The webhook as it stands after a try. */
export function hooked(record: JobRecord, webhook: Webhook, now: number): JobRecord | undefined {
  return over(record) && record.webhook?.state === "WAITING" ? told(record, now, { webhook }) : undefined;
}

function retry(record: JobRecord, now: number, count: Partial<JobRecord>, failure: Failure, pause: number): JobRecord {
  const notBefore = now + pause;
  const change = { ...count, status: "QUEUED", lease: undefined, notBefore } as const;
  return told(record, now, change, { type: "RETRYING", failure, notBefore });
}

function mine(record: JobRecord, attempt: number): boolean {
  return record.status === "RUNNING" && record.attempt === attempt;
}

function late({ attempt, startBy, endBy }: JobRecord, now: number): "START" | "END" | undefined {
  if (now >= endBy) return "END";
  return attempt === 0 && now >= startBy ? "START" : undefined;
}

function end(record: JobRecord, now: number, change: Partial<JobRecord>, event: NewEvent): JobRecord {
  const webhook = record.webhook && { ...record.webhook, nextAt: now };
  return told(record, now, { ...change, lease: undefined, sentAt: undefined, endedAt: now, webhook }, event);
}

/** The next version: the change, its event, and when time alone will change it again. */
function told(record: JobRecord, now: number, change: Partial<JobRecord>, event?: NewEvent): JobRecord {
  const events = event ? [...record.events, { ...event, seq: record.events.length + 1, at: now }] : record.events;
  const next = { ...record, ...change, events, version: record.version + 1, updatedAt: now };
  return { ...next, wakeAt: wakeOf(next) };
}

function wakeOf(record: JobRecord): number | undefined {
  if (over(record)) return record.webhook?.state === "WAITING" ? record.webhook.nextAt : undefined;
  if (record.status === "RUNNING") return Math.min(record.lease!.until, record.endBy);
  const send = record.sentAt === undefined ? record.updatedAt + RULES.sendGraceMs : record.sentAt + RULES.resendMs;
  return Math.min(send, record.endBy, record.attempt === 0 ? record.startBy : Number.POSITIVE_INFINITY);
}
