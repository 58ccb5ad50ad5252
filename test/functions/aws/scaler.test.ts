import { expect, test } from "vitest";
import { scalerHandler } from "../../../functions/aws/scaler-handler.ts";
import type { Workers } from "../../../infra/aws/batch.ts";
import type { Lease } from "../../../infra/aws/lease.ts";
import { warmHours } from "../../../infra/config/warm-hours.ts";
import { JOBS_PER_WORKER } from "../../../infra/jobs/scaling-policy.ts";
import { silent } from "../../support/aws/lambda-events.ts";
import { InMemoryService } from "../../support/jobs/in-memory-service.ts";

type Count = { running: number; starting: number; failed?: number };

const free: Lease = { acquire: async () => true };
const MONDAY_NOON = Date.UTC(2026, 10, 30, 12);
type Floor = Pick<Parameters<typeof scalerHandler>[0], "minWorkers" | "warmHours" | "lease" | "clock">;
const cold: Floor = { minWorkers: 0, warmHours: undefined, lease: free, clock: { now: () => MONDAY_NOON } };

async function begin(jobs: number, count: Count, maxWorkers = 5, options: Partial<Floor> = {}) {
  const service = new InMemoryService();
  const ids: string[] = [];
  for (let i = 0; i < jobs; i++) ids.push(await service.submit({ quota: 1_000 }));
  await service.jobs.settled();
  const starts: [count: number, idleSeconds: number | undefined][] = [];
  const workers: Workers = {
    count: async () => ({ failed: 0, ...count }),
    start: async (...all) => {
      starts.push([all[0], all[1]]);
    },
  };
  const parts = { ...service.ports, jobs: service.jobs, workers, maxWorkers, log: silent };
  const scale = scalerHandler({ ...parts, ...cold, ...options });
  const provisioned = () => ids.filter((id) => service.eventTypes(id).includes("PROVISIONING")).length;
  return {
    service,
    ids,
    scale,
    provisioned,
    starts,
    started: () => starts.reduce((total, [count]) => total + count, 0),
  };
}

const NONE = { running: 0, starting: 0 };

test.each([
  ["starts none for no job", 0, NONE, 5, 0],
  ["starts one for the first job", 1, NONE, 5, 1],
  ["starts more for many", JOBS_PER_WORKER + 1, NONE, 5, 2],
  ["starts no more than there may be", 3 * JOBS_PER_WORKER, NONE, 2, 2],
  ["counts those that run and those that come", 3 * JOBS_PER_WORKER, { running: 1, starting: 1 }, 5, 1],
  ["starts none in place of one that has just failed", 1, { ...NONE, failed: 1 }, 5, 0],
  ["starts more than those that have just failed, for many", JOBS_PER_WORKER + 1, { ...NONE, failed: 1 }, 5, 1],
  ["starts none where all that may be have just failed", 3 * JOBS_PER_WORKER, { ...NONE, failed: 2 }, 2, 0],
  ["starts none where there are enough", JOBS_PER_WORKER, { running: 0, starting: 1 }, 5, 0],
  ["starts none where there are too many", 1, { running: 7, starting: 0 }, 5, 0],
])("%s", async (_, jobs, count, maxWorkers, wanted) => {
  const { scale, started } = await begin(jobs, count, maxWorkers);
  await scale();
  expect(started()).toBe(wanted);
});

test("a message held by a worker counts as a job", async () => {
  const { service, scale, started } = await begin(JOBS_PER_WORKER + 1, { running: 1, starting: 0 });
  await service.queue.receive({ max: 1, waitSeconds: 0, visibilitySeconds: 60 });
  await scale();
  expect(started()).toBe(1);
});

test("waiting jobs get one PROVISIONING event each, also those that arrive later", async () => {
  const { service, ids, scale, provisioned } = await begin(2, NONE);
  await scale();
  await scale();
  expect(provisioned()).toBe(2);
  expect(ids.map((id) => service.eventTypes(id))).toEqual(Array(2).fill(["QUEUED", "PROVISIONING"]));
  ids.push(await service.submit());
  await scale();
  expect(provisioned()).toBe(3);
});

test("no PROVISIONING events while workers run", async () => {
  const { scale, provisioned } = await begin(9, { running: 1, starting: 2 });
  await scale();
  expect(provisioned()).toBe(0);
});

test("no PROVISIONING events when workers have failed", async () => {
  const { scale, provisioned } = await begin(1, { ...NONE, failed: 1 });
  await scale();
  expect(provisioned()).toBe(0);
});

test("no PROVISIONING events when no worker could be started", async () => {
  const { service, scale, provisioned } = await begin(1, NONE);
  const workers = { count: async () => ({ ...NONE, failed: 0 }), start: () => Promise.reject(new Error("denied")) };
  const parts = { ...service.ports, jobs: service.jobs, workers, maxWorkers: 1, log: silent };
  const failing = scalerHandler({ ...parts, ...cold });
  await expect(failing()).rejects.toThrow("denied");
  expect(provisioned()).toBe(0);
  await scale();
  expect(provisioned()).toBe(1);
});

test("starts all that are missing in one call", async () => {
  const { scale, starts } = await begin(3 * JOBS_PER_WORKER, NONE, 1_000);
  await scale();
  expect(starts).toEqual([[3, undefined]]);
});

test("a run without the lease does nothing: another one acts", async () => {
  const { scale, starts, provisioned } = await begin(9, NONE, 5, { lease: { acquire: async () => false } });
  await scale();
  expect([starts, provisioned()]).toEqual([[], 0]);
});

const hours = (text: string) => {
  const read = warmHours(text);
  if ("must" in read) throw new Error(read.must);
  return { warmHours: read.ok };
};

test.each<[string, number, Count, Partial<Floor>, unknown]>([
  ["keeps workers up without jobs", 0, NONE, { minWorkers: 2 }, [[2, 3_600]]],
  ["starts those that are missing", 0, { running: 1, starting: 0 }, { minWorkers: 2 }, [[1, 3_600]]],
  ["starts none where there are enough", 0, { running: 1, starting: 1 }, { minWorkers: 2 }, []],
  [
    "starts more for jobs, which do not stay",
    3 * JOBS_PER_WORKER,
    NONE,
    { minWorkers: 1 },
    [
      [1, 3_600],
      [2, undefined],
    ],
  ],
  [
    "never exceeds maxWorkers",
    9 * JOBS_PER_WORKER,
    NONE,
    { minWorkers: 4 },
    [
      [4, 3_600],
      [1, undefined],
    ],
  ],
  ["keeps them up in the hours", 0, NONE, { minWorkers: 1, ...hours("Mon-Fri 08:00-18:00") }, [[1, 3_600]]],
  ["until the hours end", 0, NONE, { minWorkers: 1, ...hours("Mon 08:00-12:10") }, [[1, 600]]],
  ["but not outside of them", 0, NONE, { minWorkers: 1, ...hours("Tue-Sun 00:00-24:00") }, []],
])("minWorkers %s", async (_, jobs, count, options, expected) => {
  const { scale, starts } = await begin(jobs, count, 5, options);
  await scale();
  expect(starts).toEqual(expected);
});
