import { expect, test } from "vitest";
import { scalerHandler } from "../../../functions/aws/scaler-handler.ts";
import { JOBS_PER_WORKER } from "../../../infra/jobs/scaling-policy.ts";
import { silent } from "../../support/aws/lambda-events.ts";
import { InMemoryService } from "../../support/jobs/in-memory-service.ts";

type Count = { running: number; starting: number; failed?: number };

async function begin(jobs: number, count: Count, maxWorkers = 5) {
  const service = new InMemoryService();
  const ids: string[] = [];
  for (let i = 0; i < jobs; i++) ids.push(await service.submit({ quota: 1_000 }));
  await service.jobs.settled();
  let started = 0;
  const workers = {
    count: async () => ({ failed: 0, ...count }),
    start: async () => {
      started++;
    },
  };
  const scale = scalerHandler({ ...service.ports, jobs: service.jobs, workers, maxWorkers, log: silent });
  const provisioned = () => ids.filter((id) => service.eventTypes(id).includes("PROVISIONING")).length;
  return { service, ids, scale, provisioned, started: () => started };
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
  const failing = scalerHandler({ ...service.ports, jobs: service.jobs, workers, maxWorkers: 1, log: silent });
  await expect(failing()).rejects.toThrow("denied");
  expect(provisioned()).toBe(0);
  await scale();
  expect(provisioned()).toBe(1);
});
