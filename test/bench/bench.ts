// npm run bench:service: what the service around the engine costs, its goals beside it. Servers and clients are processes
// of their own. Absolute numbers depend on the machine and its disk; read the ratios.
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { median, writeTable } from "../../models/training/bench/report.ts";
import { startChild } from "./child.ts";
import type { Client } from "./client.ts";
import type { Bench } from "./context.ts";
import { ms, type Row } from "./numbers.ts";
import type { Service } from "./servers/unclip.ts";
import { drain } from "./subjects/drain.ts";
import { endurance } from "./subjects/endurance.ts";
import { foreignIds } from "./subjects/foreign-ids.ts";
import { loopDelay } from "./subjects/loop-delay.ts";
import { overhead } from "./subjects/overhead.ts";
import { requests } from "./subjects/requests.ts";
import { subscribers } from "./subjects/subscribers.ts";
import { together } from "./subjects/together.ts";

const SUBJECTS: Readonly<Record<string, (bench: Bench) => Promise<Row[]>>> = {
  requests,
  drain,
  overhead,
  "foreign-ids": foreignIds,
  subscribers,
  "loop-delay": loopDelay,
};

/** Measured only when named. Each has a table of its own. */
const LONG_SUBJECTS: typeof SUBJECTS = { endurance, together };

const HELP = `npm run bench:service -- [options]

Takes about four minutes. Writes docs/reports/performance.md between its markers, unless only some subjects are measured.
Subjects that are measured only when named have a table of their own there.

  --only NAME      ${Object.keys(SUBJECTS).join(", ")}; may be given again. only when named:
                   ${Object.keys(LONG_SUBJECTS).join(" (half an hour), ")} (minutes)
  --rounds N       how often each side of a comparison has its turn (7)
  --bundle DIR     for the real engine (models/bundles/picto)
  --docs FILE      where to write (docs/reports/performance.md)
  --profile DIR    a CPU profile of each run of the service there`;

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    rounds: { type: "string", default: "7" },
    bundle: { type: "string" },
    docs: { type: "string", default: "docs/reports/performance.md" },
    profile: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) process.stdout.write(`${HELP}\n`);
else await bench();

async function bench(): Promise<void> {
  const names = values.only ?? Object.keys(SUBJECTS);
  const subjects = { ...SUBJECTS, ...LONG_SUBJECTS };
  const unknown = names.find((name) => !(name in subjects));
  if (unknown !== undefined) throw new Error(`There is no subject ${unknown}\n\n${HELP}`);
  const flags = values.profile ? ["--cpu-prof", `--cpu-prof-dir=${values.profile}`] : [];
  const startService = () => startChild<Service>("servers/unclip.ts", flags);
  const client = startChild<Client>("client.ts");
  const others = loadavg()[0]!;
  const rows: Row[] = [];
  for (const name of names) {
    const found = await subjects[name]!({ client, startService, bundle: values.bundle, rounds: Number(values.rounds) });
    console.error(found.map(lineOf).join("\n"));
    rows.push(...found);
    if (Object.hasOwn(LONG_SUBJECTS, name)) writeTable(values.docs, `bench:${name}`, report(found, others));
  }
  await client.end();
  const table = report(rows, others);
  process.stdout.write(`${table}\n`);
  if (values.only) return;
  writeTable(values.docs, "bench:service", table);
}

/** `others`: how many processes wanted a core before the bench began. */
function report(rows: readonly Row[], others: number): string {
  const date = new Date().toISOString().slice(0, 10);
  return [
    `${availableParallelism()} cores, Node ${process.versions.node}, ${date}; an fsync takes ${ms(fsyncTime())} here; load ` +
      `average ${others.toFixed(1)} before it began.`,
    "",
    "| | measured | goal |",
    "|---|---|---|",
    ...rows.map(lineOf),
  ].join("\n");
}

function lineOf({ what, measured, goal }: Row): string {
  return `| ${what} | ${measured} | ${goal ?? ""} |`;
}

/** Duration of an fsync on the service's disk, in milliseconds: each commit waits for one. */
function fsyncTime(): number {
  const folder = mkdtempSync(join(tmpdir(), "unclip-bench-"));
  const file = openSync(join(folder, "file"), "w");
  const times = Array.from({ length: 50 }, () => {
    const start = performance.now();
    writeSync(file, "x".repeat(4096));
    fsyncSync(file);
    return performance.now() - start;
  });
  closeSync(file);
  rmSync(folder, { recursive: true });
  return median(times);
}
