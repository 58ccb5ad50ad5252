/** How long things may take and how often they are tried; seconds where people set them, milliseconds here. */
export const JOB_POLICY = {
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
  /** A message not taken for so long may have been lost; a second one does no harm. The pause after it grows (due.ts). */
  resendMs: 900_000,
  /** Progress is written at most so often ... */
  progressMs: 500,
  /** ... and to so many events of one job, so that a record stays well below DynamoDB's 400 KB. */
  progressEvents: 400,
} as const;
