// A job's life over the wire, in real time: a client, workers and a sweeper of their own on moto's table, queue and
// bucket. One call goes wrong, or its caller dies in it; then all that is promised to the client must hold.
import { setTimeout as sleep } from "node:timers/promises";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { expect } from "vitest";
import { awsBlobs } from "../../../infra/aws/blobs.ts";
import { awsJobStore } from "../../../infra/aws/job-store.ts";
import { awsQueue } from "../../../infra/aws/queue.ts";
import type { JobEvent, JobRecord } from "../../../infra/jobs/job.ts";
import { isTerminal } from "../../../infra/jobs/job.ts";
import { Jobs } from "../../../infra/jobs/jobs.ts";
import { JOB_POLICY } from "../../../infra/jobs/policy.ts";
import { runWorker } from "../../../infra/jobs/worker.ts";
import { systemClock } from "../../../infra/ports.ts";
import { Fault } from "../faults.ts";
import { generate, submitOptions } from "../jobs/builders.ts";
import type { Ports } from "../jobs/in-memory-service.ts";
import { intercept } from "../jobs/intercept.ts";
import { expectInvariants } from "../jobs/invariants.ts";
import { dynamo, newQueue, newTable, s3, sqs } from "./moto-resources.ts";
import { quickEngine } from "./quick-engine.ts";

/** Reports progress at every step, because there are few steps here. */
Object.assign(JOB_POLICY, { progressMs: 10 });

/** Short enough that lost work resumes during the test, long enough that a busy machine loses no live worker. */
export function shortenPauses(): void {
  Object.assign(JOB_POLICY, { leaseMs: 10_000, sendGraceMs: 500, resendMs: 8_000, backoffMs: () => 200 });
}

const SWEEP_MS = 3_000;
const PICTURES = 2;

/** A call: its caller ("client" or "worker"), its port and method, and its number among calls of that kind. */
type Call = `${"client" | "worker"} ${keyof Ports}.${string} ${number}`;
/** The call fails or its caller dies: before the call is carried out, or after it but before the response arrives. */
export type CallFault = { readonly call: Call; readonly how: "fails" | "dies"; readonly when: "before" | "after" };

type Clients = { readonly dynamo: typeof dynamo; readonly sqs: typeof sqs; readonly s3: typeof s3 };

export type JobRun = {
  readonly job: JobRecord;
  /** All calls of the client and of the first worker. */
  readonly calls: readonly Call[];
  readonly errors: readonly string[];
  /** Whether the fate's call was made: how many there are of a kind depends a little on the moment. */
  readonly occurred: boolean;
};

export async function runJob(
  bucket: string,
  fault?: CallFault,
  clients: Clients = { dynamo, sqs, s3 },
): Promise<JobRun> {
  const [table, queueUrl] = await Promise.all([newTable(), newQueue()]);
  const real: Ports = {
    store: awsJobStore(clients.dynamo, { table, retentionMs: 86_400_000 }),
    queue: awsQueue(clients.sqs, queueUrl),
    blobs: awsBlobs(clients.s3, bucket),
  };
  const end = new AbortController();
  const dead = new Promise<never>((_, reject) => end.signal.addEventListener("abort", () => reject(new Error("dead"))));
  dead.catch(() => {});
  const calls: Call[] = [];
  const errors: string[] = [];
  let startWorker = () => {};

  const portsOf = (who: "client" | "worker"): Ports => {
    let alive = true;
    const watched = <Name extends keyof Ports>(name: Name): Ports[Name] =>
      intercept(real[name], async (method, call) => {
        if (!alive) return dead;
        const kind = `${who} ${name}.${method}`;
        const own = `${kind} ${1 + calls.filter((known) => known.startsWith(`${kind} `)).length}` as Call;
        calls.push(own);
        if (fault?.call !== own) {
          const answer = await call();
          return alive ? answer : dead;
        }
        if (fault.when === "after") await call();
        if (fault.how === "fails") throw new Fault(method, fault.when);
        alive = false;
        startWorker();
        return dead;
      });
    return { store: watched("store"), queue: watched("queue"), blobs: watched("blobs") };
  };
  const jobsOf = ({ store, queue }: Ports) =>
    new Jobs({ store, queue, clock: systemClock, onError: (what) => errors.push(what) });
  const workers: Promise<void>[] = [];
  const employ = (name: string, ports: Ports) => {
    const log = { attempt: () => {}, error: (what: string) => void errors.push(what) };
    const options = { name, jobs: jobsOf(ports), ...ports, engine: quickEngine(), log, signal: end.signal };
    workers.push(runWorker(options));
  };
  startWorker = () => employ("second", real);
  employ("first", portsOf("worker"));
  const sweeper = sweeping(jobsOf(real), end.signal);

  try {
    const job = await client(jobsOf(portsOf("client")), real);
    expectInvariants(job);
    expect(job).toMatchObject({ status: "SUCCEEDED", pictures: PICTURES });
    const prefix = `pictures/${job.id}/`;
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
    expect(Contents.map(({ Key }) => Key)).toEqual(job.drawn.map(({ key }) => key));
    for (const { key, seed } of job.drawn) {
      expect(Buffer.from((await real.blobs.get(key))!.bytes).toString()).toBe(`png of ${seed}`);
    }
    await expectNothingLeft(real, job);
    return { job, calls, errors, occurred: fault !== undefined && calls.includes(fault.call) };
  } finally {
    end.abort();
    for (const leaving of [...workers, sweeper]) endingWorkers.add(leaving);
  }
}

const endingWorkers = new Set<Promise<void>>();

/** Resolves when the workers of all lifecycles have ended, after their last poll. */
export async function allWorkersEnded(): Promise<void> {
  await Promise.all(endingWorkers);
}

/** Asks until there is an answer, then follows the events to their end, from where it was whenever it is cut off. */
async function client(jobs: Jobs, { store }: Ports): Promise<JobRecord> {
  const owner = "ada";
  const request = generate({ count: PICTURES });
  const submitted = await retryUntilAnswered(() =>
    jobs.submit(submitOptions({ owner, idempotencyKey: "once", request, quota: PICTURES })),
  );
  if (submitted.type !== "ACCEPTED") throw new Error(submitted.type);
  const received: JobEvent[] = [];
  const { id } = submitted.job;
  const last = await retryUntilAnswered(async () => {
    for await (const { event, record } of (await jobs.of(owner).watch(id, received.length))!) {
      received.push(event);
      if (isTerminal(record) && event.seq === record.events.length) return record;
    }
    throw new Error("The events ended before the job");
  });
  expect(received).toEqual(last.events);
  expect(await store.get(id)).toEqual(last);
  return last;
}

async function retryUntilAnswered<Out>(act: () => Promise<Out>): Promise<Out> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      await sleep(100);
    }
  }
}

async function sweeping(jobs: Jobs, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await jobs.sweep();
    await sleep(SWEEP_MS, undefined, { signal }).catch(() => {});
  }
}

/** Messages that came twice or late find nothing to do, and a second submit finds the first. */
async function expectNothingLeft(ports: Ports, job: JobRecord): Promise<void> {
  const jobs = new Jobs({ ...ports, clock: systemClock });
  expect(await jobs.lease(job.id, "third")).toEqual({ type: "NOTHING" });
  const again = await jobs.submit(submitOptions({ idempotencyKey: "once", request: generate({ count: PICTURES }) }));
  expect(again).toEqual({ type: "ACCEPTED", job, duplicate: true });
}
