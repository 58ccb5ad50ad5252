import { expect, test } from "vitest";
import { deadLetterHandler } from "../../../functions/aws/dead-letter-handler.ts";
import { JOB_POLICY } from "../../../infra/jobs/policy.ts";
import { recordingLog, sqsEvent, sqsRecord } from "../../support/aws/lambda-events.ts";
import { FINISH, picture } from "../../support/jobs/builders.ts";
import { InMemoryService } from "../../support/jobs/in-memory-service.ts";
import { leaseJob } from "../../support/jobs/leased.ts";
import { fakeTime, pass } from "../../support/jobs/time.ts";

fakeTime();

function begin() {
  const service = new InMemoryService();
  const { log, lines } = recordingLog();
  return { service, lines, handler: deadLetterHandler({ jobs: service.jobs, log }) };
}

test("the job of a dead-lettered message fails, with an event", async () => {
  const { service, lines, handler } = begin();
  const id = await service.submit();
  expect(await handler(sqsEvent(id))).toEqual({ batchItemFailures: [] });
  expect(service.job(id)).toMatchObject({ status: "FAILED", failure: { code: "WORKER_LOST", retryable: true } });
  expect(service.eventTypes(id)).toEqual(["QUEUED", "FAILED"]);
  // Another message of it finds nothing to do.
  expect(await service.jobs.lease(id, "w")).toEqual({ type: "NOTHING" });
  expect(await handler(sqsEvent(id))).toEqual({ batchItemFailures: [] });
  expect(lines).toMatchObject([
    { job: id, ended: true },
    { job: id, ended: false },
  ]);
});

test("a running job continues, and one whose lease has expired fails", async () => {
  const { service, handler } = begin();
  const id = await service.submit();
  const attempt = await leaseJob(service.jobs, id);
  await handler(sqsEvent(id));
  expect(service.job(id).status).toBe("RUNNING");
  await pass(JOB_POLICY.leaseMs);
  await handler(sqsEvent(id));
  expect(service.eventTypes(id)).toEqual(["QUEUED", "STARTED", "FAILED"]);
  expect(await attempt.heartbeat()).toBe(false);
});

test("an ended job stays as it is; one past its deadline becomes EXPIRED", async () => {
  const { service, handler } = begin();
  const [done, expired] = [await service.submit(), await service.submit({ startSeconds: 60 })];
  const attempt = await leaseJob(service.jobs, done);
  await attempt.succeed([picture(0, done), picture(1, done)], FINISH);
  await pass(60_000, 10_000);
  await handler(sqsEvent(done, expired, "never"));
  expect([done, expired].map((id) => service.job(id).status)).toEqual(["SUCCEEDED", "EXPIRED"]);
});

test("messages that are not of unclip, or whose job cannot be read, stay in the queue", async () => {
  const { service, handler } = begin();
  const id = await service.submit();
  const [strange, ours] = [sqsRecord("{}"), sqsRecord(JSON.stringify({ id }))];
  service.store.get = () => Promise.reject(new Error("throttled"));
  const failed = [strange, ours].map(({ messageId }) => ({ itemIdentifier: messageId }));
  expect(await handler({ Records: [strange, ours] })).toEqual({ batchItemFailures: failed });
});
