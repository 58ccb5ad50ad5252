// moto runs Batch's jobs in containers, so Batch's answers are written here as it documents them.
import type { BatchClient } from "@aws-sdk/client-batch";
import { expect, test } from "vitest";
import { batchWorkers } from "../../../infra/aws/batch.ts";
import { batchClient } from "../../../infra/aws/clients/batch.ts";
import { type Answer, stubbedClient, textOf } from "../../support/aws/stubbed-client.ts";

const NOW = 1_795_521_600_000;
const clock = { now: () => NOW };
const workersOn = ({ client }: ReturnType<typeof stubbedClient<BatchClient>>) =>
  batchWorkers({ lists: client, starts: client }, PLACE, clock);
const PLACE = { queue: "unclip-gpu", job: "unclip-drain:3" };
const listed = (count: number, nextToken?: string): Answer => {
  const jobSummaryList = Array.from({ length: count }, (_, i) => ({ jobId: `job-${i}`, jobName: "unclip-drain" }));
  return { status: 200, body: JSON.stringify({ jobSummaryList, nextToken }) };
};
/** By their name: [minutes ago, status], the newest first. */
const named = (jobs: readonly (readonly [number, string])[], nextToken?: string): Answer => {
  const jobSummaryList = jobs.map(([minutes, status]) => ({ createdAt: NOW - minutes * 60_000, status }));
  return { status: 200, body: JSON.stringify({ jobSummaryList, nextToken }) };
};
const bodies = ({ requests }: Pick<ReturnType<typeof stubbedClient>, "requests">) =>
  requests.map(({ path, body }) => ({ path, ...JSON.parse(textOf(body)) }));

test("counts active Batch jobs of all statuses, page by page, in the order of statuses", async () => {
  const alive = [listed(1), listed(0), listed(2, "more"), listed(2), listed(1), listed(3)];
  const wire = stubbedClient(batchClient, [...alive, named([])]);
  expect(await workersOn(wire).count()).toEqual({ starting: 6, running: 3, failed: 0 });
  const byStatus = bodies(wire).slice(0, -1);
  expect(byStatus.map(({ jobStatus, nextToken }) => [jobStatus, nextToken])).toEqual([
    ["SUBMITTED", undefined],
    ["PENDING", undefined],
    ["RUNNABLE", undefined],
    ["RUNNABLE", "more"],
    ["STARTING", undefined],
    ["RUNNING", undefined],
  ]);
  expect(new Set(bodies(wire).map(({ jobQueue }) => jobQueue))).toEqual(new Set(["unclip-gpu"]));
});

test("counts recently started failed Batch jobs, and reads no further back", async () => {
  const alive = Array<Answer>(5).fill(listed(0));
  const pages = [
    named(
      [
        [0, "SUBMITTED"],
        [1, "FAILED"],
        [2, "SUCCEEDED"],
      ],
      "more",
    ),
    named(
      [
        [14, "FAILED"],
        [15, "FAILED"],
        [16, "FAILED"],
      ],
      "still more",
    ),
  ];
  const wire = stubbedClient(batchClient, [...alive, ...pages]);
  expect(await workersOn(wire).count()).toEqual({ starting: 0, running: 0, failed: 3 });
  const [first, second, ...others] = bodies(wire).slice(alive.length);
  expect(first).toMatchObject({ jobQueue: "unclip-gpu", filters: [{ name: "JOB_NAME", values: ["unclip-drain"] }] });
  expect(second.nextToken).toBe("more");
  expect(others).toEqual([]);
});

test("counts the children of an array job, by their statuses as soon as Batch has counted them", async () => {
  const array = (size: number, statusSummary?: Record<string, number>) => ({
    arrayProperties: { size, statusSummary },
  });
  const answer = (...jobSummaryList: readonly object[]): Answer => ({
    status: 200,
    body: JSON.stringify({ jobSummaryList }),
  });
  const pending = answer(array(9, { RUNNABLE: 2, STARTING: 1, RUNNING: 3, SUCCEEDED: 1, FAILED: 2 }), array(4), {});
  const recent = answer(
    { createdAt: NOW, status: "PENDING", ...array(9, { RUNNING: 3, FAILED: 2 }) },
    { createdAt: NOW, status: "FAILED", ...array(5) },
  );
  const wire = stubbedClient(batchClient, [listed(0), pending, listed(0), listed(0), listed(1), recent]);
  expect(await workersOn(wire).count()).toEqual({ starting: 3 + 4 + 1, running: 3 + 1, failed: 2 + 5 });
});

const SUBMITTED: Answer = { status: 200, body: '{"jobId":"1","jobName":"unclip-drain"}' };

test.each([
  ["one worker: a job", 1, undefined, {}],
  ["many workers: one array job", 1_000, undefined, { arrayProperties: { size: 1_000 } }],
  [
    "workers that wait longer for a next job",
    2,
    3_600,
    {
      arrayProperties: { size: 2 },
      containerOverrides: { environment: [{ name: "UNCLIP_IDLE_SECONDS", value: "3600" }] },
    },
  ],
])("starts %s, in one call", async (_, count, idleSeconds, more) => {
  const wire = stubbedClient(batchClient, [SUBMITTED]);
  await workersOn(wire).start(count, idleSeconds);
  expect(bodies(wire)).toEqual([
    {
      path: "/v1/submitjob",
      jobName: "unclip-drain",
      jobQueue: "unclip-gpu",
      jobDefinition: "unclip-drain:3",
      ...more,
    },
  ]);
});

test("a start whose answer is lost is not repeated, since it may have happened", async () => {
  const lost: Answer = { status: 500, body: "{}" };
  const wire = stubbedClient((config) => batchClient({ ...config, maxAttempts: 1 }), [lost, SUBMITTED]);
  await expect(workersOn(wire).start(3)).rejects.toThrow();
  expect(wire.requests).toHaveLength(1);
});

test("rejects with Batch's error message", async () => {
  const denied = {
    status: 403,
    headers: { "x-amzn-errortype": "AccessDeniedException" },
    body: '{"message":"not yours"}',
  };
  await expect(workersOn(stubbedClient(batchClient, [denied])).start(1)).rejects.toThrow("not yours");
});
