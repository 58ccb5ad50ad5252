// moto runs Batch's jobs in containers, so Batch's answers are written here as it documents them.
import { expect, test } from "vitest";
import { batchWorkers } from "../../../infra/aws/batch.ts";
import { batchClient } from "../../../infra/aws/clients/batch.ts";
import { type Answer, stubbedClient, textOf } from "../../support/aws/stubbed-client.ts";

const NOW = 1_795_521_600_000;
const clock = { now: () => NOW };
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
  expect(await batchWorkers(wire.client, PLACE, clock).count()).toEqual({ starting: 6, running: 3, failed: 0 });
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
  expect(await batchWorkers(wire.client, PLACE, clock).count()).toEqual({ starting: 0, running: 0, failed: 3 });
  const [first, second, ...others] = bodies(wire).slice(alive.length);
  expect(first).toMatchObject({ jobQueue: "unclip-gpu", filters: [{ name: "JOB_NAME", values: ["unclip-drain"] }] });
  expect(second.nextToken).toBe("more");
  expect(others).toEqual([]);
});

test("starts a Batch job by its definition, and retries when throttled", async () => {
  const busy = { status: 429, headers: { "x-amzn-errortype": "TooManyRequestsException" }, body: "{}" };
  const wire = stubbedClient(batchClient, [busy, { status: 200, body: '{"jobId":"1","jobName":"unclip-drain"}' }]);
  await batchWorkers(wire.client, PLACE, clock).start();
  expect(bodies(wire)[1]).toMatchObject({
    path: "/v1/submitjob",
    jobName: "unclip-drain",
    jobQueue: "unclip-gpu",
    jobDefinition: "unclip-drain:3",
  });
});

test("rejects with Batch's error message", async () => {
  const denied = {
    status: 403,
    headers: { "x-amzn-errortype": "AccessDeniedException" },
    body: '{"message":"not yours"}',
  };
  const wire = stubbedClient(batchClient, [denied]);
  await expect(batchWorkers(wire.client, PLACE, clock).start()).rejects.toThrow("not yours");
});
