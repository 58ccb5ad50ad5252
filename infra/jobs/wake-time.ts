// When a record is due: what has to be sent for it, and when the sweeper must look at it. Pure, like the moves.
import { isTerminal, type JobRecord, type Webhook } from "./job.ts";
import { JOB_POLICY } from "./policy.ts";

/** Whether a message for the job has to be sent, for the first time or again. */
export function needsSending(record: JobRecord, now: number): boolean {
  return record.status === "QUEUED" && now >= sendAt(record);
}

/** Whether the webhook is to be tried now. */
export function deliveryDue(record: JobRecord, now: number): boolean {
  const { state, nextAt } = record.webhook ?? {};
  return isTerminal(record) && state === "WAITING" && nextAt !== undefined && now >= nextAt;
}

/** Whether a note of the webhook that is due has to be sent, for the first time or again. */
export function notificationDue(record: JobRecord, now: number): boolean {
  return deliveryDue(record, now) && now >= noteAt(record.webhook!)!;
}

/** When time alone will change the record, or something has to be sent for it; undefined for never. */
export function wakeTime(record: JobRecord): number | undefined {
  const { status, webhook, lease, endBy, startBy, attempt } = record;
  if (isTerminal(record)) return webhook?.state === "WAITING" ? noteAt(webhook) : undefined;
  if (status === "RUNNING") return Math.min(lease!.until, endBy);
  return Math.min(sendAt(record), endBy, attempt === 0 ? startBy : Number.POSITIVE_INFINITY);
}

function sendAt({ sentAt, updatedAt, notBefore }: JobRecord): number {
  return sentAt === undefined ? updatedAt + JOB_POLICY.sendGraceMs : againAt(sentAt, notBefore);
}

/** Undefined before the job's end. */
function noteAt({ nextAt, notifiedAt }: Webhook): number | undefined {
  return nextAt === undefined || notifiedAt === undefined ? nextAt : againAt(notifiedAt, nextAt);
}

/**
 * When a message that was last sent at `sentAt`, of what could be done since `since`, is sent again: after as long as that
 * has waited by then. In a long queue most messages are not lost but wait, and with the same pause each time, a crowd would
 * bring more messages than workers can take.
 */
function againAt(sentAt: number, since: number): number {
  return sentAt + Math.max(JOB_POLICY.resendMs, sentAt - since);
}
