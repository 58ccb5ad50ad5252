// npm run chaos: faults without end, on both adapters, and a check of every promise to callers. A seed repeats the plan of
// faults and calls; how they interleave depends on the machine.
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { writeTable } from "../../models/training/bench/report.ts";
import { buildEntries } from "./build.ts";
import { FAULTS } from "./local/faults/index.ts";
import { SUBJECTS } from "./subjects.ts";
import { type CampaignCounts, Tally } from "./tally.ts";

const HELP = `npm run chaos -- [options]

  --minutes M      how long to inject faults (10)
  --seed N         repeats a plan of faults and calls (random)
  --lanes N        campaigns at the same time (1)
  --subject NAME   what to harm; may be given again: ${Object.keys(SUBJECTS).join(", ")}
  --fault NAME     a fault for the servers; may be given again: ${Object.keys(FAULTS).join(", ")}
  --log FILE       appends each campaign; the table then covers all of the file's, so that runs add up
  --docs FILE      a page to write the table into`;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string" },
    lanes: { type: "string", default: "1" },
    subject: { type: "string", multiple: true },
    fault: { type: "string", multiple: true },
    log: { type: "string" },
    docs: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) process.stdout.write(`${HELP}\n`);
// Workers that died in this process have left timers and calls without answers.
else process.exit(await chaos());

async function chaos(): Promise<number> {
  const [minutes, lanes] = [Number(values.minutes), Number(values.lanes)];
  const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
  const subjects = choose(SUBJECTS, values.subject).filter(({ name, unavailable }) =>
    isAvailable(name, unavailable?.()),
  );
  const faults = choose(FAULTS, values.fault).filter(({ name, unavailable }) => isAvailable(name, unavailable?.()));
  if (subjects.length === 0 || faults.length === 0) throw new Error("Nothing that was chosen is available here");
  console.error(`seed ${seed}`);
  const entries = await buildEntries();
  const chosen = [...named("subject", values.subject), ...named("fault", values.fault)];
  const run = `npm run chaos -- ${["--minutes", minutes, "--seed", seed, "--lanes", lanes, ...chosen].join(" ")}`;
  const tally = new Tally(run, values.log);
  const until = Date.now() + minutes * 60_000;
  let next = 0;
  const lane = async () => {
    while (Date.now() < until) {
      const campaign = seed + next;
      const subject = subjects[next++ % subjects.length]!;
      const begin = performance.now();
      const counts = await subject.run({ entries, seed: campaign, faults, until }).catch(unserved);
      tally.add(subject.name, (performance.now() - begin) / 1000, counts);
      console.error(`${subject.name}, seed ${campaign}: ${counts.jobs} jobs, ${counts.violations.length} violations`);
    }
  };
  try {
    await Promise.all(Array.from({ length: lanes }, lane));
  } finally {
    await entries.remove();
  }
  const table = tally.render();
  process.stdout.write(`${table}\n`);
  if (values.docs !== undefined) writeTable(values.docs, "chaos", table);
  return tally.violations.length === 0 ? 0 : 1;
}

/** The counts of a campaign that could not go on: its server did not start, for example. */
function unserved(error: Error): CampaignCounts {
  const violation = { kind: "unserved", what: String(error.stack) } as const;
  console.error(violation.what);
  return { jobs: 0, pictures: 0, kills: 0, faults: new Map(), violations: [violation] };
}

function named(option: string, names: readonly string[] = []): string[] {
  return names.map((name) => `--${option} ${name}`);
}

function choose<Item>(items: Readonly<Record<string, Item>>, names = Object.keys(items)): Item[] {
  return names.map((name) => {
    if (!Object.hasOwn(items, name)) throw new Error(`There is no ${name}\n\n${HELP}`);
    return items[name]!;
  });
}

function isAvailable(name: string, reason: string | undefined): boolean {
  if (reason !== undefined) console.error(`SKIPPED: ${name}: ${reason}`);
  return reason === undefined;
}
