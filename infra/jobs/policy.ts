/** Time limits and numbers of retries of the job state machine. */
export const JOB_POLICY = {
  /** A worker that sends no heartbeat for this long is considered dead. */
  leaseMs: 30_000,
  /** Failed attempts after which a job fails. */
  maxFailures: 3,
  /**
   * Attempts in a row that were lost without finishing a stage, after which a job fails. Higher than maxFailures, because
   * most are not caused by the job; some are.
   */
  maxLost: 5,
  /** Attempts after which a released job fails. Lambda's 15-minute limit uses about a hundred a day. */
  maxAttempts: 300,
  /** Differences between clocks up to this are not corrected. */
  clockToleranceMs: 5_000,
  /** Pause before the next attempt: 2 s, 8 s, ... */
  backoffMs: (failures: number) => 2_000 * 4 ** (failures - 1),
  /** A record that does not show a sent message after this time has none in the queue. */
  sendGraceMs: 5_000,
  /**
   * A message that was not received for this long may be lost, so it is sent again. A duplicate does no harm. Later
   * pauses are longer (wake-time.ts).
   */
  resendMs: 900_000,
  /** Minimum time between two progress events of one stage. */
  progressMs: 500,
  /** Maximum number of progress events of a job. It keeps the record well below DynamoDB's 400 KB. */
  progressEvents: 400,
} as const;
