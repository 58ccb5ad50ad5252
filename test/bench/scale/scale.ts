// npm run research:scale: days of the deployment on AWS, simulated. Writes docs/reports/scale.md between its markers, and its plots.
import { mkdirSync, writeFileSync } from "node:fs";
import { MESSAGES_PER_JOB, RATE } from "../../../cdk/throttle.ts";
import { WAKE_PARTITIONS } from "../../../infra/aws/table.ts";
import { JOBS_PER_WORKER } from "../../../infra/jobs/scaling-policy.ts";
import { writeTable } from "../../../models/training/bench/report.ts";
import { costOf, type Machine, sum } from "./cost.ts";
import type { Day } from "./day.ts";
import { arrivals, PEAK, PICTURES_PER_JOB } from "./demand.ts";
import { FACTS, type Fact, LIMITS, PRICES } from "./facts.ts";
import { gpuFleet } from "./gpu-fleet.ts";
import { lambdaFleet } from "./lambda-fleet.ts";
import { lifeOf } from "./life.ts";
import { costPlot, waitPlot, workersPlot } from "./plots.ts";
import { DEFAULTS, type Limit, limitsOf, RECOMMENDED, reachedAt } from "./reached.ts";
import { refusedShare } from "./throttled.ts";
import { shareOf, sorted } from "./waits.ts";

const SEED = 1;
const PAGE = "docs/reports/scale.md";
const PICTURES = "docs/pictures";
/** Pictures a day, and how many workers the owner allows: MaximumConcurrency, Batch jobs. */
const SCALES = [
  { pictures: 1, most: { cpu: 10, gpu: 1 } },
  { pictures: 1e3, most: { cpu: 10, gpu: 2 } },
  { pictures: 1e5, most: { cpu: 100, gpu: 20 } },
  { pictures: 1e7, most: { cpu: 1_000, gpu: 1_000 } },
] as const;

const MACHINES: readonly Machine[] = ["cpu", "gpu"];
const secondsOf = (machine: Machine) => PICTURES_PER_JOB * FACTS[machine === "cpu" ? "cpuPicture" : "gpuPicture"].value;

function day(machine: Machine, pictures: number, most: number): Day {
  const life = lifeOf(Math.round(PICTURES_PER_JOB), secondsOf(machine));
  const demand = arrivals(pictures, SEED);
  const result = machine === "cpu" ? lambdaFleet(demand, { most }) : gpuFleet(demand, { most, seed: SEED });
  const cost = sum(costOf(machine, result, pictures, life));
  return { machine, pictures, most, result, waits: sorted(result.waits), life, cost };
}

const seconds = (value: number) => (value < 10 ? `${value.toFixed(1)} s` : `${Math.round(value)} s`);
const dollars = (value: number) => `$${value < 0.095 ? value.toFixed(3) : value.toFixed(2)}`;
const many = (value: number) => value.toLocaleString("en");
const percent = (value: number) => (value < 0.001 ? "< 0.1%" : `${(100 * value).toFixed(value < 0.1 ? 1 : 0)}%`);

function results(days: readonly Day[]): string {
  const rows = days.map(({ machine, pictures, most, result, waits, cost }) =>
    [
      many(pictures),
      machine === "cpu" ? "Lambda, picto" : "GPU, Karlo",
      `${many(result.peakWorkers)} of ${many(most)}`,
      percent(result.busy / result.paid),
      seconds(shareOf(waits, 0.5)),
      seconds(shareOf(waits, 0.99)),
      dollars(cost),
      dollars((1000 * cost) / pictures),
    ].join(" | "),
  );
  const head =
    "| pictures a day | workers | most at once, of allowed | at work | wait p50 | wait p99 | a day | 1,000 pictures |";
  return [head, "|---|---|---|---|---|---|---|---|", ...rows.map((row) => `| ${row} |`)].join("\n");
}

function limits(days: readonly Day[]): string {
  const of = (limit: Fact, used: number) => `${many(Number(used.toPrecision(2)))} (${percent(used / limit.value)})`;
  const rows = days.map(({ machine, pictures, result, life }) => {
    const jobs = (pictures / PICTURES_PER_JOB / 86_400) * PEAK;
    return [
      many(pictures),
      machine === "cpu" ? "Lambda" : "GPU",
      of(LIMITS.sockets, jobs),
      of(LIMITS.tableWrites, jobs * life.units),
      of(LIMITS.partitionWrites, (jobs * life.wakeUnits) / WAKE_PARTITIONS),
      machine === "cpu"
        ? of(LIMITS.lambdaConcurrency, result.peakWorkers)
        : of(LIMITS.submitJob, result.peakStarts / 60),
    ].join(" | ");
  });
  const head =
    "| pictures a day | workers | sockets opened, a second | table, write units a second | wake index, units a second and partition | Lambda at once, or SubmitJob a second |";
  return [head, "|---|---|---|---|---|---|", ...rows.map((row) => `| ${row} |`)].join("\n");
}

/** Where each limit is reached, by default and at the settings for ten million pictures. */
function reached(): string {
  const [byDefault, recommended] = [limitsOf(DEFAULTS), limitsOf(RECOMMENDED)];
  const day = (limit: Limit) => many(Number(reachedAt(limit).toPrecision(2)));
  const rows = byDefault.map((limit, i) => {
    const raised = recommended[i]!;
    const { what, value, unit, perJob, above } = limit;
    const shown = raised.value === value ? "" : `${many(raised.value)}: ${day(raised)}`;
    return [what, `${many(value)} ${unit}`, perJob.toFixed(1), day(limit), shown, above].join(" | ");
  });
  const head =
    "| limit | by default | a job takes | reached at pictures a day | at the settings for 10,000,000 | above it |";
  return [head, "|---|---|---|---|---|---|", ...rows.map((row) => `| ${row} |`)].join("\n");
}

/** The settings of `rate` that a day is tried with. */
const RATES = [RATE.default, 150, 200, 300, 500];

/** Which rate lets every job of a day through. */
function throttles(): string {
  const rows = [1e5, 1e6, 2e6, 5e6, 1e7].map((pictures) => {
    const jobs = (pictures / PICTURES_PER_JOB / 86_400) * PEAK;
    const refused = (rate: number) => refusedShare(arrivals(pictures, SEED), rate);
    const byDefault = refused(RATE.default);
    const enough = RATES.find((rate) => refused(rate) === 0);
    const shown = byDefault === 0 ? "none" : percent(byDefault);
    const atRecommended = refused(RECOMMENDED.rate);
    const cells = [many(pictures), jobs.toFixed(1), (MESSAGES_PER_JOB * jobs).toFixed(1), shown, enough];
    return [...cells, atRecommended === 0 ? "none" : percent(atRecommended)].join(" | ");
  });
  const head =
    "| pictures a day | mutations a second, busiest | WebSocket messages a second | jobs refused at the default rate | a rate that refuses none | refused at the recommended rate |";
  return [head, "|---|---|---|---|---|---|", ...rows.map((row) => `| ${row} |`)].join("\n");
}

function inputs(facts: Readonly<Record<string, Fact>>): string {
  const shown = (value: number) => (value < 1e-3 ? `${Number((value * 1e6).toPrecision(6))} / 1,000,000` : many(value));
  const rows = Object.values(facts).map(
    ({ what, value, unit, from }) => `| ${what} | ${shown(value)} ${unit} | ${from} |`,
  );
  return ["| | | from |", "|---|---|---|", ...rows].join("\n");
}

/** Compares other numbers of jobs per worker. */
function policies(): string {
  const rows = [1, 5, JOBS_PER_WORKER, 60].map((jobsPerWorker) => {
    const result = gpuFleet(arrivals(1e5, SEED), { most: 200, seed: SEED, jobsPerWorker });
    const waits = sorted(result.waits);
    const hours = `${many(Math.round(result.paid / 3600))} h`;
    const cells = [
      jobsPerWorker,
      seconds(shareOf(waits, 0.5)),
      seconds(shareOf(waits, 0.99)),
      result.peakWorkers,
      hours,
    ];
    return `| ${[...cells, percent(result.busy / result.paid)].join(" | ")} |`;
  });
  const head =
    "| jobs a worker is started for | wait p50 | wait p99 | most machines at once | machine hours | at work |";
  return [head, "|---|---|---|---|---|---|", ...rows].join("\n");
}

const days = SCALES.flatMap(({ pictures, most }) => MACHINES.map((machine) => day(machine, pictures, most[machine])));
writeTable(PAGE, "results", results(days));
writeTable(PAGE, "limits", limits(days));
writeTable(PAGE, "reached", reached());
writeTable(PAGE, "throttles", throttles());
writeTable(PAGE, "policies", policies());
writeTable(PAGE, "inputs", [inputs(FACTS), inputs(PRICES), inputs(LIMITS)].join("\n\n"));
mkdirSync(PICTURES, { recursive: true });
const busy = days.filter(({ pictures }) => pictures === 1e5);
writeFileSync(`${PICTURES}/scale-waits.svg`, waitPlot(busy));
writeFileSync(`${PICTURES}/scale-workers.svg`, workersPlot(busy));
const steps = Array.from({ length: 7 }, (_, power) => 10 ** power);
const costs = MACHINES.map((machine) =>
  steps.map((pictures) => day(machine, pictures, machine === "cpu" ? 1_000 : 200)),
);
writeFileSync(`${PICTURES}/scale-cost.svg`, costPlot(costs));
process.stdout.write(`${results(days)}\n\n${limits(days)}\n`);
