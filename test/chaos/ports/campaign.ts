// One campaign in this process: clients, workers and a sweeper on real adapters whose calls fail at random, before or after
// they are carried out, while workers die. Afterwards every promise is checked with calls that do not fail.
import { setTimeout as sleep } from "node:timers/promises";
import { isTerminal, type JobRecord } from "../../../infra/jobs/job.ts";
import { Jobs } from "../../../infra/jobs/jobs.ts";
import { systemClock } from "../../../infra/ports.ts";
import { forEachConcurrent } from "../../../infra/util/for-each-concurrent.ts";
import { quickEngine } from "../../support/aws/quick-engine.ts";
import { failSometimes, faulty } from "../../support/faults.ts";
import { type RandomChoices, randomChoices } from "../../support/fuzz/random-choices.ts";
import { generate, submitOptions } from "../../support/jobs/builders.ts";
import type { Ports } from "../../support/jobs/in-memory-service.ts";
import { expectInvariants } from "../../support/jobs/invariants.ts";
import type { CampaignCounts } from "../tally.ts";
import { Violations } from "../violations.ts";
import { type MortalWorker, Worker } from "./worker.ts";

export type PortCampaign = {
  readonly ports: Ports;
  readonly seed: number;
  /** Jobs to submit. */
  readonly jobs: number;
  /** Share of calls that fail. */
  readonly rate: number;
  /** Workers at a time. Most wait: for the lease of one that died, or after a call that failed. */
  readonly workers: number;
  /** Time between two deaths of workers, until the last job has ended. */
  readonly deathMs?: number;
  /** Starts a worker that sees `ports`, or has its own. Default: one in this process. */
  readonly startWorker?: (ports: Ports) => MortalWorker;
};

const startInProcess = (ports: Ports): MortalWorker => new Worker(ports, quickEngine());

const OWNER = "ada";
const CLIENTS = 8;
const SWEEP_MS = 300;
const DEATH_MS = 600;
const POLL_MS = 50;
/** At the same time: on a busy machine, most of a call is waiting. */
const CHECKS = 16;
/** A job that does not change in so many looks, two minutes, does not end. A machine that is busy is looked at less often. */
const SETTLE_POLLS = 2_400;

export async function runPortCampaign({
  ports,
  seed,
  jobs: wanted,
  rate,
  workers: size,
  deathMs = DEATH_MS,
  startWorker = startInProcess,
}: PortCampaign): Promise<CampaignCounts> {
  const choices = randomChoices(seed);
  const violations = new Violations();
  const counts = new Map<string, number>();
  const count = (fault: string) => counts.set(fault, (counts.get(fault) ?? 0) + 1);
  const end = new AbortController();
  let [seeds, kills] = [0, 0];

  /** The ports as one process sees them. */
  const unreliable = (): Ports => {
    const chance = failSometimes(seed * 1_009 + seeds++, rate);
    const wrap = <Port extends object>(port: Port) =>
      faulty(port, (call) => {
        const when = chance(call);
        if (when !== undefined) count(`a call fails ${when} it is carried out`);
        return when;
      });
    return { store: wrap(ports.store), queue: wrap(ports.queue), blobs: wrap(ports.blobs) };
  };
  const createJobs = (process: Ports) => new Jobs({ ...process, clock: systemClock, onError: () => {} });

  const workers = Array.from({ length: size }, () => startWorker(unreliable()));
  const sweeping = repeat(end.signal, SWEEP_MS, async () => void (await createJobs(unreliable()).sweep()));
  const calm = new AbortController();
  const dying = repeat(calm.signal, deathMs, async () => {
    const place = choices.below(size);
    const worker = workers[place]!;
    await worker.ready;
    if (calm.signal.aborted) return;
    count(worker.death);
    kills++;
    worker.die();
    workers[place] = startWorker(unreliable());
  });
  const accepted = new Map<string, number>();
  try {
    const client = async (name: number) => {
      for (let i = 0; accepted.size < wanted; i++) {
        await submitOne(createJobs(unreliable()), `${name}/${i}`, choices, accepted, violations);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, (_, i) => client(i)));
    const records = await settle(ports, [...accepted.keys()], violations);
    calm.abort();
    let pictures = 0;
    await forEachConcurrent(records, CHECKS, async (record) => {
      const found = await verify(ports, record, violations);
      pictures += found;
    });
    return { jobs: accepted.size, pictures, kills, faults: counts, violations: violations.found };
  } finally {
    calm.abort();
    end.abort();
    await dying;
    for (const worker of workers) worker.stop();
    await Promise.all([sweeping, ...workers.map(({ ended }) => ended)]);
  }
}

async function submitOne(
  jobs: Jobs,
  idempotencyKey: string,
  choices: RandomChoices,
  accepted: Map<string, number>,
  violations: Violations,
): Promise<void> {
  const pictures = 1 + choices.below(3);
  const options = submitOptions({
    owner: OWNER,
    idempotencyKey,
    request: generate({ count: pictures, seed: choices.below(1_000) }),
    quota: 1_000_000,
  });
  const first = await untilAnswered(() => jobs.submit(options));
  if (first.type !== "ACCEPTED") throw new Error(first.type);
  const { id } = first.job;
  accepted.set(id, pictures);
  if (choices.maybe(0.1)) await untilAnswered(() => jobs.of(OWNER).cancel(id));
  if (choices.maybe(0.3)) {
    const again = await untilAnswered(() => jobs.submit(options));
    if (again.type !== "ACCEPTED" || again.job.id !== id) violations.add("doubled", `a repeated submit of ${id}`);
  }
}

async function settle(ports: Ports, ids: readonly string[], violations: Violations): Promise<JobRecord[]> {
  const records: JobRecord[] = [];
  for (const id of ids) {
    let [version, left] = [0, 0];
    for (let record = await ports.store.get(id); ; record = await ports.store.get(id)) {
      if (record === undefined) violations.add("lost", `the job ${id}`);
      else if (isTerminal(record)) records.push(record);
      else {
        if (record.version !== version) [version, left] = [record.version, SETTLE_POLLS];
        if (left-- > 0) {
          await sleep(POLL_MS);
          continue;
        }
        violations.add("leased", `${id} has not ended: ${record.status}`);
      }
      break;
    }
  }
  return records;
}

/** Returns the number of pictures. */
async function verify(ports: Ports, record: JobRecord, violations: Violations): Promise<number> {
  try {
    expectInvariants(record);
  } catch (error) {
    violations.add("doubled", `${record.id}: ${(error as Error).message}`);
  }
  for (const { key, seed } of record.drawn) {
    const blob = await ports.blobs.get(key);
    if (blob === undefined) violations.add("lost", `${record.id}: ${key}`);
    else if (Buffer.from(blob.bytes).toString() !== `png of ${seed}`) violations.add("torn", `${record.id}: ${key}`);
  }
  return record.drawn.length;
}

async function untilAnswered<Out>(act: () => Promise<Out>): Promise<Out> {
  for (;;) {
    try {
      return await act();
    } catch {
      await sleep(5);
    }
  }
}

/** Errors of `act` are the injected ones, and it is repeated anyway. */
async function repeat(signal: AbortSignal, everyMs: number, act: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await act().catch(() => {});
    await sleep(everyMs, undefined, { signal }).catch(() => {});
  }
}
