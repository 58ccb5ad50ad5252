// When a record is due: when a message for it must be sent, and when the sweeper must look at it. Pure functions.
import { isTerminal, type JobRecord, type Webhook } from "./job.ts";
import { JOB_POLICY } from "./policy.ts";

/** Whether the job's message must be sent, for the first time or again. */
export function needsSending(record: JobRecord, now: number): boolean {
  return record.status === "QUEUED" && now >= sendAt(record);
}

/** Whether a delivery of the webhook must be attempted now. */
export function deliveryDue(record: JobRecord, now: number): boolean {
  const { state, nextAt } = record.webhook ?? {};
  return isTerminal(record) && state === "WAITING" && nextAt !== undefined && now >= nextAt;
}

/** Whether the message for a due webhook must be sent, for the first time or again. */
export function notificationDue(record: JobRecord, now: number): boolean {
  return deliveryDue(record, now) && now >= notifyAt(record.webhook!)!;
}

/** When a deadline passes or a message must be sent; undefined for never. */
export function wakeTime(record: JobRecord): number | undefined {
  const { status, webhook, lease, endBy, startBy, attempt } = record;
  if (isTerminal(record)) return webhook?.state === "WAITING" ? notifyAt(webhook) : undefined;
  if (status === "RUNNING") return Math.min(lease!.until, endBy);
  return Math.min(sendAt(record), endBy, attempt === 0 ? startBy : Number.POSITIVE_INFINITY);
}

function sendAt({ sentAt, updatedAt, notBefore }: JobRecord): number {
  return sentAt === undefined ? updatedAt + JOB_POLICY.sendGraceMs : resendAt(sentAt, notBefore);
}

/** Undefined until the job has ended. */
function notifyAt({ nextAt, notifiedAt }: Webhook): number | undefined {
  return nextAt === undefined || notifiedAt === undefined ? nextAt : resendAt(notifiedAt, nextAt);
}

/**
 * When to send a message again that was last sent at `sentAt` for work that is ready since `since`. The pause equals the
 * time that the work has already waited, so it doubles each time. In a long queue most messages wait and are not lost;
 * with a constant pause, a backlog would produce more messages than the workers can receive.
 */
function resendAt(sentAt: number, since: number): number {
  return sentAt + Math.max(JOB_POLICY.resendMs, sentAt - since);
}
