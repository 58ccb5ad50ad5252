// A day in the life: clients, workers and a sweeper over ports that fail, until every job is over; then all that must hold.
import { expect } from "vitest";
import { jobId } from "../../../infra/jobs/identity.ts";
import type { JobEvent, JobRecord } from "../../../infra/jobs/job.ts";
import { isTerminal } from "../../../infra/jobs/job.ts";
import type { Jobs } from "../../../infra/jobs/jobs.ts";
import { UnclipError } from "../../../models/errors.ts";
import { type Call, faulty, type When } from "../faults.ts";
import { randomOf } from "../random.ts";
import { generate, submitOptions } from "./builders.ts";
import { crashableWorker } from "./crashable-worker.ts";
import { type EngineBehaviour, FakeEngine } from "./fake-engine.ts";
import { faultyQueue } from "./faulty-queue.ts";
import { InMemoryService } from "./in-memory-service.ts";
import { withLatency } from "./intercept.ts";
import { expectInvariants } from "./invariants.ts";
import { until } from "./time.ts";

export type Key = "plain" | "flaky" | "poison" | "canceled" | "short of time";

type FaultConditions = {
  readonly seed: number;
  /** Which calls fail; `port` is "store", "queue" or "blobs". */
  readonly choose: (port: string, call: Call) => When | undefined;
  /** Times in milliseconds at which a worker dies. */
  readonly deaths?: readonly number[];
  /** Milliseconds that a call takes at most, half of them before it is carried out. Default 0: none. */
  readonly latency?: number;
  /** How wrong the clocks of workers are. */
  readonly skew?: number;
};

const STEP = 500;
const POISON = 666;
const FLAKY = 42;

const LONG = 1;

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** Faults of the pictures with certain seeds, in any worker. */
function tricks(): EngineBehaviour {
  let failed = false;
  return async ({ request }, stage) => {
    // Longer than the interval of heartbeats.
    if (request.seed === LONG && stage === "prior/1") await pause(11_000);
    if (request.seed === POISON) throw new UnclipError("NUMERIC_FAILURE", "NaN");
    if (request.seed !== FLAKY || stage !== "decoder/0" || failed) return;
    failed = true;
    throw new Error("now and then");
  };
}

/** Repeats a request until it succeeds, as every client does. */
async function retryUntilAnswered<Out>(act: () => Promise<Out>): Promise<Out> {
  for (;;) {
    try {
      return await act();
    } catch {
      await pause(500);
    }
  }
}

/** A client that reads a job's events to their end, from where it was whenever it is cut off. */
async function read(jobs: Jobs, id: string, received: JobEvent[]): Promise<void> {
  await retryUntilAnswered(async () => {
    for await (const { event } of (await jobs.of("ada").watch(id, received.length))!) received.push(event);
    if (!["SUCCEEDED", "FAILED", "CANCELED", "EXPIRED"].includes(received.at(-1)?.type ?? ""))
      throw new Error("cut off");
  });
}

export async function runWithFaults({
  seed,
  choose,
  deaths = [],
  latency = 0,
  skew = 0,
}: FaultConditions): Promise<(key: Key) => JobRecord> {
  const step = latency > 0 ? latency / 5 : STEP;
  const away = <Port extends object>(name: string, port: Port) => {
    const failing = faulty(port, (call) => choose(name, call));
    return latency > 0 ? withLatency(failing, latency / 2, randomOf(seed)) : failing;
  };
  const service = new InMemoryService(({ store, queue, blobs }) => ({
    store: away("store", store),
    queue: away("queue", faultyQueue(queue, seed)),
    blobs: away("blobs", blobs),
  }));
  const api = service.createJobs();
  const sweeper = setInterval(() => api.sweep().catch(() => service.errors.push("sweep")), 1_000);
  const trick = tricks();
  let hired = 0;
  const startWorker = (name: string) => {
    const wrong = hired++ % 2 === 0 ? skew : -skew;
    return crashableWorker(service, name, new FakeEngine(trick), { now: () => Date.now() + wrong });
  };
  const workers = [startWorker("a"), startWorker("b")];
  for (const [i, at] of deaths.entries()) {
    setTimeout(() => {
      workers.splice(i % workers.length, 1, startWorker(`after death ${i}`))[0]?.freeze();
    }, at);
  }
  const received = new Map<string, JobEvent[]>();
  const client = async (key: Key, seedOfPictures: number, wait: number, change: object, cancelAfter?: number) => {
    await pause(wait);
    const request = generate({ seed: seedOfPictures, count: 2 });
    const submitted = await retryUntilAnswered(() =>
      api.submit(submitOptions({ idempotencyKey: key, request, ...change })),
    );
    if (submitted.type !== "ACCEPTED") throw new Error(submitted.type);
    const { id } = submitted.job;
    received.set(id, []);
    if (cancelAfter !== undefined)
      setTimeout(() => void retryUntilAnswered(() => api.of("ada").cancel(id)), cancelAfter);
    await read(api, id, received.get(id)!);
  };
  let done = false;
  const clients = Promise.all([
    client("plain", LONG, 0, {}),
    client("flaky", FLAKY, 0, {}),
    client("poison", POISON, 200, {}),
    client("canceled", 2, 300, {}, 2_000),
    client("short of time", 3, 400, { endSeconds: 3 }),
  ]).then(() => {
    done = true;
  });
  clients.catch(() => {});
  await until(() => done, 3_600_000, step);
  await clients;
  const atEnd = new Map(service.store.records);
  // Messages that came twice or late find nothing to do.
  await until(() => service.queue.messages.size === 0, 7_200_000, step);
  clearInterval(sweeper);
  let stopped = false;
  void Promise.all(workers.map(({ stop }) => stop())).then(() => {
    stopped = true;
  });
  await until(() => stopped, 60_000, step);

  expect([...service.store.records]).toEqual([...atEnd]);
  expect(service.store.records.size).toBe(5);
  for (const job of atEnd.values()) {
    expect(isTerminal(job)).toBe(true);
    expectInvariants(job);
    expect(received.get(job.id)).toEqual(job.events);
    for (const { key, seed: of } of job.drawn) {
      expect(Buffer.from((await service.blobs.get(key))!.bytes).toString()).toBe(`png of ${of}`);
    }
  }
  // Only dead workers still listen; in their own process they would not.
  if (deaths.length === 0) expect(service.store.listeners.size).toBe(0);
  return (key) => atEnd.get(jobId("ada", key))!;
}
