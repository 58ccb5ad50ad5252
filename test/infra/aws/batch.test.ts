// moto runs Batch's jobs in containers, so Batch's answers are written here as it documents them.
import { expect, test } from "vitest";
import { batchWorkers } from "../../../infra/aws/batch.ts";
import { batchClient } from "../../../infra/aws/clients/batch.ts";
import { type Answer, recorded, textOf } from "./wire.ts";

const PLACE = { queue: "unclip-gpu", job: "unclip-drain:3" };
const listed = (count: number, nextToken?: string): Answer => {
  const jobSummaryList = Array.from({ length: count }, (_, i) => ({ jobId: `job-${i}`, jobName: "unclip-drain" }));
  return { status: 200, body: JSON.stringify({ jobSummaryList, nextToken }) };
};
const bodies = ({ requests }: Pick<ReturnType<typeof recorded>, "requests">) =>
  requests.map(({ path, body }) => ({ path, ...JSON.parse(textOf(body)) }));

test("counts the jobs of Batch that are not over, page by page, in the order that they go through", async () => {
  const wire = recorded(batchClient, [listed(1), listed(0), listed(2, "more"), listed(2), listed(1), listed(3)]);
  expect(await batchWorkers(wire.client, PLACE).count()).toEqual({ coming: 6, running: 3 });
  expect(bodies(wire).map(({ jobStatus, nextToken }) => [jobStatus, nextToken])).toEqual([
    ["SUBMITTED", undefined],
    ["PENDING", undefined],
    ["RUNNABLE", undefined],
    ["RUNNABLE", "more"],
    ["STARTING", undefined],
    ["RUNNING", undefined],
  ]);
  expect(new Set(bodies(wire).map(({ jobQueue }) => jobQueue))).toEqual(new Set(["unclip-gpu"]));
});

test("starts one by its definition, also when Batch takes no more at the moment", async () => {
  const busy = { status: 429, headers: { "x-amzn-errortype": "TooManyRequestsException" }, body: "{}" };
  const wire = recorded(batchClient, [busy, { status: 200, body: '{"jobId":"1","jobName":"unclip-drain"}' }]);
  await batchWorkers(wire.client, PLACE).start();
  expect(bodies(wire)[1]).toMatchObject({
    path: "/v1/submitjob",
    jobName: "unclip-drain",
    jobQueue: "unclip-gpu",
    jobDefinition: "unclip-drain:3",
  });
});

test("says what Batch refuses", async () => {
  const denied = {
    status: 403,
    headers: { "x-amzn-errortype": "AccessDeniedException" },
    body: '{"message":"not yours"}',
  };
  const wire = recorded(batchClient, [denied]);
  await expect(batchWorkers(wire.client, PLACE).start()).rejects.toThrow("not yours");
});
