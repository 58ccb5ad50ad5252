// npm run chaos: faults without end, on both adapters, and a check of every promise to callers. A seed repeats the plan of
// faults and calls; how they interleave depends on the machine.
import { randomInt } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { writeTable } from "../../models/training/bench/report.ts";
import { buildServer } from "./local/build-server.ts";
import { runCampaign } from "./local/campaign.ts";
import { FAULTS } from "./local/faults/index.ts";
import type { EngineKind } from "./local/server.ts";
import { unmountable } from "./local/volume.ts";
import { Tally } from "./tally.ts";

const HELP = `npm run chaos -- [options]

  --minutes M      how long to inject faults (10)
  --seed N         repeats a plan of faults and calls (random)
  --only NAME      a kind of fault; may be given again: ${Object.keys(FAULTS).join(", ")}
  --engine NAME    paced (draws nothing, quickly), real (the tiny test bundle), or both in turns (both)
  --docs FILE      a page to write the table into`;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string" },
    only: { type: "string", multiple: true },
    engine: { type: "string", default: "both" },
    docs: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

/** Faults of a campaign. Each ends with a check of everything, so that a violation is found near its cause. */
const FAULTS_OF_CAMPAIGN = 25;
/** Every so many campaigns use the real engine, if both are asked for. */
const REAL_EVERY = 6;

if (values.help) process.stdout.write(`${HELP}\n`);
else process.exitCode = await chaos();

async function chaos(): Promise<number> {
  const minutes = Number(values.minutes);
  const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
  const faults = available(values.only ?? Object.keys(FAULTS));
  console.error(`seed ${seed}`);
  const { file, remove } = await buildServer();
  const tally = new Tally();
  const until = Date.now() + minutes * 60_000;
  try {
    for (let i = 0; Date.now() < until; i++) {
      const engine = engineOf(i);
      const options = { file, seed: seed + i, engine, faults, count: FAULTS_OF_CAMPAIGN, until };
      const counts = await runCampaign(options);
      tally.add(`npm start, ${engine} engine`, counts);
      console.error(`seed ${seed + i}: ${counts.jobs} jobs, ${counts.violations.length} violations`);
    }
  } finally {
    await remove();
  }
  const table = tally.render({ minutes, seed });
  process.stdout.write(`${table}\n`);
  if (values.docs !== undefined) writeTable(values.docs, "chaos", table);
  return tally.violations.length === 0 ? 0 : 1;
}

function engineOf(campaign: number): EngineKind {
  if (values.engine === "paced" || values.engine === "real") return values.engine;
  return campaign % REAL_EVERY === REAL_EVERY - 1 ? "real" : "paced";
}

function available(names: readonly string[]) {
  const folder = mkdtempSync(path.join(tmpdir(), "unclip-chaos-"));
  const noVolume = unmountable(folder);
  rmSync(folder, { recursive: true });
  return names.flatMap((name) => {
    const fault = FAULTS[name];
    if (fault === undefined) throw new Error(`There is no fault ${name}\n\n${HELP}`);
    const why = (fault.needsVolume ? noVolume : undefined) ?? fault.unavailable?.();
    if (why !== undefined) console.error(`SKIPPED: ${fault.name}: ${why}`);
    return why === undefined ? [fault] : [];
  });
}
