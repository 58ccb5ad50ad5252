// What a run harms, in turns.
import { existsSync } from "node:fs";
import { PYTHON, startMoto } from "../support/aws/moto.ts";
import { untilResponding } from "../support/aws/moto-clients.ts";
import type { Entries } from "./build.ts";
import { runCampaign } from "./local/campaign.ts";
import type { Fault } from "./local/faults/fault.ts";
import type { EngineKind } from "./local/server.ts";
import { type AwsPlace, awsPorts, createPlace } from "./ports/aws.ts";
import { runPortCampaign } from "./ports/campaign.ts";
import { withLocalPorts } from "./ports/local.ts";
import { MOTO_LEASE_MS, shortenPolicy } from "./ports/policy.ts";
import { startWorkerProcess } from "./ports/worker-process.ts";
import type { CampaignCounts } from "./tally.ts";

type SubjectOptions = {
  readonly entries: Entries;
  readonly seed: number;
  /** For the servers. */
  readonly faults: readonly Fault[];
  /** No fault begins after it. */
  readonly until: number;
};

export type Subject = {
  readonly name: string;
  /** One campaign. It ends with a check of everything, so that a violation is found near its cause. */
  run(options: SubjectOptions): Promise<CampaignCounts>;
  /** Why this machine cannot run it; undefined if it can. */
  unavailable?(): string | undefined;
};

/** Faults and jobs of a campaign. */
const SERVER_FAULTS = 40;
const LOCAL_JOBS = 3_000;
const LOCAL_WORKERS = 32;
const AWS_JOBS = 60;
const AWS_WORKERS = 4;
/** Long enough for a worker to do something before it dies. */
const AWS_DEATH_MS = 3_000;
/** Beside other campaigns, moto's server starts slowly. */
const MOTO_START_MS = 600_000;
/** Share of calls that fail. */
const RATE = 0.15;

const server = (engine: EngineKind): Subject => ({
  name: `npm start, ${engine} engine`,
  run: ({ entries, ...options }) => runCampaign({ ...options, file: entries.server, engine, count: SERVER_FAULTS }),
});

const onMoto = (name: string, run: (place: AwsPlace, options: SubjectOptions) => Promise<CampaignCounts>): Subject => ({
  name,
  unavailable: () => (existsSync(PYTHON) ? undefined : "moto is not installed"),
  run: async (options) => {
    shortenPolicy(MOTO_LEASE_MS);
    const moto = await startMoto();
    try {
      await untilResponding(moto.url, MOTO_START_MS);
      return await run(await createPlace(moto.url), options);
    } finally {
      await moto.stop();
    }
  },
});

export const SUBJECTS: Readonly<Record<string, Subject>> = {
  server: server("paced"),
  "local-calls": {
    name: "local adapters, failing calls",
    run: ({ seed }) => {
      shortenPolicy();
      return withLocalPorts((ports) =>
        runPortCampaign({ ports, seed, jobs: LOCAL_JOBS, rate: RATE, workers: LOCAL_WORKERS }),
      );
    },
  },
  "real-server": server("real"),
  "aws-calls": onMoto("AWS adapters, failing calls", (place, { seed }) =>
    runPortCampaign({
      ports: awsPorts(place),
      seed,
      jobs: AWS_JOBS,
      rate: RATE,
      workers: AWS_WORKERS,
      deathMs: AWS_DEATH_MS,
    }),
  ),
  "aws-workers": onMoto("AWS adapters, killed workers", (place, { seed, entries }) =>
    runPortCampaign({
      ports: awsPorts(place),
      seed,
      jobs: AWS_JOBS,
      rate: 0,
      workers: AWS_WORKERS,
      deathMs: AWS_DEATH_MS,
      startWorker: () => startWorkerProcess(entries.awsWorker, place),
    }),
  ),
};
