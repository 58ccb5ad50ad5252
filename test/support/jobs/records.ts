import { randomUUID } from "node:crypto";
import type { JobRecord } from "../../../infra/jobs/job.ts";
import type { Clock } from "../../../infra/ports.ts";

/** A record as a submit would write it, but for what the test is about. */
export function createRecord(change: Partial<JobRecord> = {}): JobRecord {
  const at = change.createdAt ?? 1_000;
  return {
    id: randomUUID(),
    owner: "anna",
    version: 1,
    request: { kind: "generate", prompt: "a red boat, 雨, 🚤", count: 2 } as JobRecord["request"],
    fingerprint: "f",
    pictures: 2,
    status: "QUEUED",
    createdAt: at,
    updatedAt: at,
    startBy: at + 60_000,
    endBy: at + 600_000,
    attempt: 0,
    failures: 0,
    lost: 0,
    notBefore: at,
    drawn: [],
    warnings: [],
    timings: [],
    events: [{ type: "QUEUED", seq: 1, at }],
    ...change,
  };
}

/** The next version of a record. */
export function nextVersion(record: JobRecord, change: Partial<JobRecord> = {}): JobRecord {
  return { ...record, ...change, version: record.version + 1 };
}

/** A clock that stands until it is moved. */
export function manualClock(start = 1_800_000_000_000): Clock & { pass(seconds: number): void } {
  let now = start;
  return {
    now: () => now,
    pass: (seconds) => {
      now += seconds * 1000;
    },
  };
}
