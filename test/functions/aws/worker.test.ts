// The worker as Lambda calls it: events of SQS in, what stays in the queue out.
import { expect, test } from "vitest";
import { workerHandler } from "../../../functions/aws/worker-handler.ts";
import type { Engine } from "../../../infra/jobs/engine.ts";
import type { SubmitOptions } from "../../../infra/jobs/submit.ts";
import { UnclipError } from "../../../models/errors.ts";
import { contextWith, recordingLog, sqsRecord } from "../../support/aws/lambda-events.ts";
import { quickEngine } from "../../support/aws/quick-engine.ts";
import { generate } from "../../support/jobs/builders.ts";
import { InMemoryService } from "../../support/jobs/in-memory-service.ts";

/** Kept back by the handler from the time that is left. */
const RESERVE_MS = 30_000;
const VISIBILITY_SECONDS = 5_400;

function begin(engine: () => Promise<Engine> = async () => quickEngine()) {
  const service = new InMemoryService();
  const { log, lines } = recordingLog();
  const handler = workerHandler({ ...service.ports, jobs: service.jobs, engine, log });
  /** Receives messages as an event source does. */
  const receive = async () => {
    const wait = { max: 10, waitSeconds: 0, visibilitySeconds: VISIBILITY_SECONDS };
    const messages = await service.queue.receive(wait);
    return messages.map(({ job, handle, deliveries }) => sqsRecord(JSON.stringify(job), { handle, deliveries }));
  };
  /** Calls the handler with them, and does with each as Lambda does; returns the bodies of those that were reported. */
  const run = async (Records: Awaited<ReturnType<typeof receive>>, remainingMs?: number) => {
    const { batchItemFailures } = await handler({ Records }, contextWith(remainingMs));
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    for (const { messageId, receiptHandle } of Records) {
      if (!failed.has(messageId)) await service.queue.acknowledge(receiptHandle);
    }
    return Records.filter(({ messageId }) => failed.has(messageId)).map(({ body }) => body);
  };
  const submit = async (over: Partial<SubmitOptions> = {}) => {
    const id = await service.submit(over);
    await service.jobs.settled();
    return id;
  };
  return { service, lines, receive, run, submit };
}

/** Seconds until each message is delivered again. */
const pauses = ({ queue }: InMemoryService) =>
  [...queue.messages].map(({ visibleAt }) => Math.max(0, Math.round((visibleAt - Date.now()) / 1000)));

const seed = (id: number) => ({ request: generate({ seed: id }) });

/** An engine that draws until it is canceled; like the real one, it stops at its next step. */
function endless(): Engine & { readonly began: Promise<void> } {
  let begin = () => {};
  const began = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const draw: Engine["draw"] = (_, __, { signal }) => {
    begin();
    return new Promise((_, reject) => {
      const stop = () => reject(new UnclipError("CANCELED", "canceled"));
      signal.addEventListener("abort", stop);
      if (signal.aborted) stop();
    });
  };
  return { ...quickEngine(), draw, began };
}

test("a job is drawn once, however often its message is delivered", async () => {
  const { service, lines, receive, run, submit } = begin();
  const id = await submit();
  const records = await receive();
  expect(await run(records)).toEqual([]);
  const job = service.job(id);
  expect(job).toMatchObject({ status: "SUCCEEDED", attempt: 1 });
  expect(service.queue.messages.size).toBe(0);
  expect(await run([...records, ...records])).toEqual([]);
  expect(service.job(id)).toBe(job);
  expect(lines).toMatchObject([
    { job: id, attempt: 1, outcome: "SUCCEEDED", worker: expect.stringMatching(/^lambda\//) },
  ]);
});

test("only records that failed or are not of unclip are reported as failed", async () => {
  const { service, lines, receive, run, submit } = begin();
  const ids = [await submit(seed(1)), await submit(seed(2)), await submit(seed(3))];
  const { get } = service.store;
  service.store.get = async (id) => {
    if (id === ids[1]) throw new Error("throttled");
    return get.call(service.store, id);
  };
  const failed = await run([...(await receive()), sqsRecord("what is this?"), sqsRecord('{"id":7}')]);
  expect(failed).toEqual([JSON.stringify({ id: ids[1] }), "what is this?", '{"id":7}']);
  expect(ids.map((id) => service.job(id).status)).toEqual(["SUCCEEDED", "QUEUED", "SUCCEEDED"]);
  expect(pauses(service)).toEqual([30]);
  expect(lines.filter(({ level }) => level === 50).map(({ msg }) => msg)).toEqual([
    "handling a message failed",
    "unknown message format",
    "unknown message format",
  ]);
});

test("without an engine the call fails, and its message is retried at growing intervals, over an hour in ten tries", async () => {
  const { service, receive, run, submit } = begin(async () => {
    throw new UnclipError("INVALID_BUNDLE", "not there yet");
  });
  await submit();
  let waited = 0;
  for (let deliveries = 1; deliveries <= 10; deliveries++) {
    await expect(run(await receive())).rejects.toThrow("not there yet");
    const [pause = 0] = pauses(service);
    expect(pause).toBe(Math.min(30 * 2 ** (deliveries - 1), 900));
    if (deliveries < 10) waited += pause;
    for (const message of service.queue.messages) message.visibleAt = 0;
  }
  expect(waited).toBeGreaterThan(3_600);
});

test("a message during a job's pause becomes visible when the pause ends", async () => {
  const failing = async () => ({
    ...quickEngine(),
    draw: async () => {
      throw new Error("a bug");
    },
  });
  const { service, receive, run, submit } = begin(failing);
  const id = await submit();
  expect(await run(await receive())).toEqual([]);
  expect(service.job(id)).toMatchObject({ status: "QUEUED", attempt: 1, failures: 1 });
  // The one that was sent for the next attempt, too early.
  for (const message of service.queue.messages) message.visibleAt = 0;
  expect(await run(await receive())).toEqual([JSON.stringify({ id })]);
  expect(service.job(id).attempt).toBe(1);
  expect(pauses(service)).toEqual([2]);
});

test("the worker stops 30 s before its timeout, releases its job, and leaves the rest of the batch", async () => {
  const engine = endless();
  const { service, lines, receive, run, submit } = begin(async () => engine);
  const [first, second] = [await submit(seed(1)), await submit(seed(2))];
  const failed = await run(await receive(), RESERVE_MS + 300);
  expect(failed).toEqual([JSON.stringify({ id: second })]);
  expect(service.eventTypes(first)).toEqual(["QUEUED", "STARTED", "RELEASED"]);
  expect(service.job(first)).toMatchObject({ status: "QUEUED", failures: 0, lost: 0 });
  expect(service.job(second).attempt).toBe(0);
  // The second's own message, and a new one of the first: both at once.
  expect(pauses(service)).toEqual([0, 0]);
  expect(lines.map(({ outcome }) => outcome)).toEqual(["RELEASED"]);
  for (const message of [...service.queue.messages]) expect(message.job.id).toBeOneOf([first, second]);
});

test("the worker stops a job that is canceled", async () => {
  const engine = endless();
  const { service, receive, run, submit } = begin(async () => engine);
  const id = await submit();
  const running = run(await receive());
  await engine.began;
  await service.jobs.of("ada").cancel(id);
  expect(await running).toEqual([]);
  expect(service.eventTypes(id)).toEqual(["QUEUED", "STARTED", "CANCELED"]);
  expect(service.queue.messages.size).toBe(0);
});
