import { expect, test } from "vitest";
import { sweeperHandler } from "../../../functions/aws/sweeper-handler.ts";
import { JOB_POLICY } from "../../../infra/jobs/policy.ts";
import { systemClock } from "../../../infra/ports.ts";
import { contextWith, NO_SOCKETS, silent } from "../../support/aws/lambda-events.ts";
import { MemoryQueue } from "../../support/jobs/in-memory-adapters.ts";
import { InMemoryService } from "../../support/jobs/in-memory-service.ts";
import { leaseJob } from "../../support/jobs/leased.ts";
import { fakeTime, pass } from "../../support/jobs/time.ts";

fakeTime();

/** `due` webhooks are due, and no consumer reads their messages. */
async function begin(due: number) {
  const service = new InMemoryService();
  const webhooks = new MemoryQueue(systemClock);
  for (let i = 0; i < due; i++) {
    const id = await service.submit({ owner: `o${i}`, webhook: "https://down.example.com/hook" });
    await service.jobs.of(`o${i}`).cancel(id);
  }
  const sweeper = sweeperHandler({ jobs: service.jobs, webhooks, ...NO_SOCKETS, log: silent });
  const sweep = (remainingMs = 55_000) => sweeper(undefined, contextWith(remainingMs));
  return { service, webhooks, sweep };
}

test("many due webhooks are queued once, and block no job", async () => {
  const { service, webhooks, sweep } = await begin(1_200);
  const id = await service.submit();
  await leaseJob(service.jobs, id);
  await pass(JOB_POLICY.leaseMs, 10_000);
  await sweep();
  expect(service.eventTypes(id)).toEqual(["QUEUED", "STARTED", "RETRYING"]);
  expect(webhooks.messages.size).toBe(1_200);
  for (let minutes = 1; minutes <= 14; minutes++) {
    await pass(60_000, 60_000);
    await sweep();
  }
  expect(webhooks.messages.size).toBe(1_200);
  // The notes may have been lost.
  await pass(60_000, 60_000);
  await sweep();
  expect(webhooks.messages.size).toBe(2_400);
});

test("the sweeper continues while there is more, and starts nothing near its timeout", async () => {
  const { webhooks, sweep } = await begin(700);
  await sweep(19_000);
  expect(webhooks.messages.size).toBe(0);
  await sweep();
  expect(webhooks.messages.size).toBe(700);
});

test("the sweeper reports a failed webhook message at the end, and sends it the next time", async () => {
  const { service, webhooks, sweep } = await begin(2);
  const expired = await service.submit({ startSeconds: 1 });
  await pass(2_000);
  const { send } = webhooks;
  let down = true;
  webhooks.send = (message, options) => {
    if (!down) return send.call(webhooks, message, options);
    down = false;
    return Promise.reject(new Error("SQS is down"));
  };
  await expect(sweep()).rejects.toThrow(AggregateError);
  expect(service.job(expired).status).toBe("EXPIRED");
  expect(webhooks.messages.size).toBe(1);
  await sweep();
  expect(new Set([...webhooks.messages].map(({ job }) => job.id)).size).toBe(2);
  await sweep();
  expect(webhooks.messages.size).toBe(2);
});
