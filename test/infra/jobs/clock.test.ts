// A clock that was an hour ahead and is set right: what was accepted in the meantime is drawn, not hidden for an hour.
import { expect, test } from "vitest";
import { Jobs } from "../../../infra/jobs/jobs.ts";
import { localJobStore } from "../../../infra/local/job-store.ts";
import { localQueue } from "../../../infra/local/queue.ts";
import { INTERNAL, submitOptions } from "../../support/jobs/builders.ts";
import { leaseJob } from "../../support/jobs/leased.ts";
import { manualClock } from "../../support/jobs/records.ts";
import { testDatabase } from "../../support/local/temporary-folder.ts";

const ALL = { max: 10, waitSeconds: 0, visibilitySeconds: 60 };
const HOUR = 3_600;

async function aheadOfTime() {
  const clock = manualClock();
  clock.pass(HOUR);
  const database = testDatabase();
  const store = localJobStore(database);
  const queue = localQueue(database, "jobs", clock);
  const jobs = new Jobs({ store, queue, clock });
  const submit = async (over = {}) => {
    const submitted = await jobs.submit(submitOptions(over));
    if (submitted.type !== "ACCEPTED") throw new Error(submitted.type);
    await jobs.settled();
    return submitted.job.id;
  };
  return { clock, store, queue, jobs, submit };
}

test("a process that starts after the clock was set back draws everything that was accepted", async () => {
  const { clock, store, queue, jobs, submit } = await aheadOfTime();
  const ids = [await submit(), await submit(), await submit()];
  const held = await queue.receive({ ...ALL, max: 1 });
  expect(held.map(({ job }) => job.id)).toEqual([ids[0]]);
  await leaseJob(jobs, ids[0]!);
  await (await leaseJob(jobs, ids[1]!)).fail(INTERNAL);
  const canceled = await submit({ webhook: "https://hooks.example.com/" });
  await jobs.of("ada").cancel(canceled);
  clock.pass(-HOUR);
  await queue.reclaim();
  expect(await jobs.reclaim()).toBe(1);
  const now = clock.now();
  for (const id of ids) {
    const { startBy, endBy, notBefore } = (await store.get(id))!;
    expect([startBy - now, endBy - now]).toEqual([600_000, 3_600_000]);
    expect(notBefore - now).toBeLessThanOrEqual(2_000);
  }
  expect((await jobs.dueWebhooks({ total: 9, perOwner: 9 })).map(({ id }) => id)).toEqual([canceled]);
  clock.pass(2);
  const found = new Set((await queue.receive(ALL)).map(({ job }) => job.id));
  for (const id of ids) {
    expect(found).toContain(id);
    expect(await jobs.lease(id, "w")).toMatchObject({ type: "LEASED" });
  }
});

test("a right clock changes nothing, and a message's delay stays legal however far a pause lies ahead", async () => {
  const { clock, store, queue, jobs, submit } = await aheadOfTime();
  const id = await submit();
  const before = await store.get(id);
  clock.pass(-3);
  await jobs.correctTimes();
  expect(await store.get(id)).toEqual(before);
  await store.replace(before!, {
    ...before!,
    version: 3,
    notBefore: clock.now() + 10 * HOUR * 1000,
    sentAt: undefined,
    wakeAt: 1,
  });
  clock.pass(10);
  await jobs.sweep();
  expect(await jobs.lease(id, "w")).toEqual({ type: "EARLY", seconds: 900 });
  expect(await queue.depth()).toEqual({ ready: 1, hidden: 1 });
});
