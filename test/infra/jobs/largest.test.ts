import { expect, it } from "vitest";
import { JOB_POLICY } from "../../../infra/jobs/policy.ts";
import * as transitions from "../../../infra/jobs/transitions.ts";
import { checkRecord } from "../../../infra/limits.ts";
import { accepted, START } from "../../support/jobs/builders.ts";
import { expectInvariants } from "../../support/jobs/invariants.ts";
import { largestRecord } from "../../support/jobs/largest.ts";

it("the largest possible record is below a store's limit", () => {
  const job = largestRecord();
  expectInvariants(job);
  expect(job.attempt).toBe(JOB_POLICY.maxAttempts);
  const json = JSON.stringify(job);
  // A tenth is left for what a later release adds.
  expect(Buffer.byteLength(json)).toBeLessThan(0.9 * 400 * 1024);
  expect(() => checkRecord(json)).not.toThrow();
});

it("a job that is released too often fails with a retryable failure", () => {
  let job = accepted();
  for (let attempt = 1; attempt <= JOB_POLICY.maxAttempts; attempt++) {
    job = transitions.lease(job, "w", START)!;
    job = transitions.release(job, attempt, START)!;
    if (attempt < JOB_POLICY.maxAttempts) expect(job.status).toBe("QUEUED");
  }
  expect(job).toMatchObject({
    status: "FAILED",
    failures: 0,
    lost: 0,
    failure: { code: "WORKER_LOST", retryable: true },
  });
  expectInvariants(job);
});
