// npm run chaos: faults without end, on both adapters, and a check of every promise to callers. A seed repeats the plan of
// faults and calls; how they interleave depends on the machine.
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { writeTable } from "../../models/training/bench/report.ts";
import { buildEntries } from "./build.ts";
import { FAULTS } from "./local/faults/index.ts";
import { SUBJECTS } from "./subjects.ts";
import { Tally } from "./tally.ts";

const HELP = `npm run chaos -- [options]

  --minutes M      how long to inject faults (10)
  --seed N         repeats a plan of faults and calls (random)
  --subject NAME   what to harm; may be given again: ${Object.keys(SUBJECTS).join(", ")}
  --fault NAME     a fault for the servers; may be given again: ${Object.keys(FAULTS).join(", ")}
  --docs FILE      a page to write the table into`;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string" },
    subject: { type: "string", multiple: true },
    fault: { type: "string", multiple: true },
    docs: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) process.stdout.write(`${HELP}\n`);
else process.exitCode = await chaos();

async function chaos(): Promise<number> {
  const minutes = Number(values.minutes);
  const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
  const subjects = choose(SUBJECTS, values.subject).filter(({ name, unavailable }) =>
    isAvailable(name, unavailable?.()),
  );
  const faults = choose(FAULTS, values.fault).filter(({ name, unavailable }) => isAvailable(name, unavailable?.()));
  if (subjects.length === 0 || faults.length === 0) throw new Error("Nothing that was chosen is available here");
  console.error(`seed ${seed}`);
  const entries = await buildEntries();
  const tally = new Tally();
  const until = Date.now() + minutes * 60_000;
  try {
    for (let i = 0; Date.now() < until; i++) {
      const subject = subjects[i % subjects.length]!;
      const counts = await subject.run({ entries, seed: seed + i, faults, until });
      tally.add(subject.name, counts);
      console.error(`${subject.name}, seed ${seed + i}: ${counts.jobs} jobs, ${counts.violations.length} violations`);
    }
  } finally {
    await entries.remove();
  }
  const table = tally.render({ minutes, seed });
  process.stdout.write(`${table}\n`);
  if (values.docs !== undefined) writeTable(values.docs, "chaos", table);
  return tally.violations.length === 0 ? 0 : 1;
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
