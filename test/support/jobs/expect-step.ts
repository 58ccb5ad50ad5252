// What a transition may change in a record.
import { expect } from "vitest";
import { isTerminal, type JobRecord } from "../../../infra/jobs/job.ts";

/** Checks that a transition changed a record only as allowed. */
export function expectStep(before: JobRecord, after: JobRecord): void {
  expect(after.version).toBe(before.version + 1);
  expect(after.events.slice(0, before.events.length)).toEqual(before.events);
  const news = after.events.slice(before.events.length);
  expect(after.attempt - before.attempt).toBe(news.filter(({ type }) => type === "STARTED").length);
  expect(after.drawn).toEqual(expect.arrayContaining([...before.drawn]));
  for (const key of ["id", "owner", "request", "fingerprint", "pictures", "createdAt", "startBy", "endBy"] as const) {
    expect(after[key]).toBe(before[key]);
  }
  if (!isTerminal(before)) return;
  // After the job's end, only the webhook's state changes.
  const { webhook: _, wakeAt: _w, version: _v, updatedAt: _u, ...rest } = after;
  expect(before).toMatchObject(rest);
}
