import { JOB_POLICY } from "../../../infra/jobs/policy.ts";

/** On a busy machine, a call of moto may take seconds, and a lease lasts for several calls. */
export const MOTO_LEASE_MS = 15_000;

/** Shortens every wait of this process, so that lost work resumes within seconds. */
export function shortenPolicy(leaseMs = 3_000): void {
  Object.assign(JOB_POLICY, { leaseMs, sendGraceMs: 300, resendMs: 2_000, backoffMs: () => 50, progressMs: 10 });
}
