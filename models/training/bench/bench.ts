// npm run bench:engine: the engine beside the same networks in PyTorch (eager, fp32), turn by turn on the same cores, each in
// a process of its own. Absolute seconds depend on the machine and its load; read the ratios.
import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { median, writeTable } from "./report.ts";

const HELP = `npm run bench:engine -- [options]

Needs Python with models/training/requirements.txt. Writes docs/reports/performance.md between its markers.

  --bundle DIR     the bundle (models/bundles/picto)
  --rounds N       how often each side has its turn (3)
  --pictures N     pictures a turn, after one to warm up (3)
  --docs FILE      where to write (docs/reports/performance.md)
  --python FILE    the interpreter (python3)`;

const STAGES = ["prior", "decoder", "upsampler-256", "whole"] as const;

type Turn = { readonly runs: readonly Readonly<Record<string, number>>[]; readonly peak: number };

const { values } = parseArgs({
  options: {
    bundle: { type: "string", default: "models/bundles/picto" },
    rounds: { type: "string", default: "3" },
    pictures: { type: "string", default: "3" },
    docs: { type: "string", default: "docs/reports/performance.md" },
    python: { type: "string", default: "python3" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) console.log(HELP);
else bench();

function bench(): void {
  const sides = { engine: [] as Turn[], eager: [] as Turn[], eager50: [] as Turn[] };
  for (let round = 0; round < Number(values.rounds); round++) {
    sides.engine.push(turn("node", ["--import", "tsx", "models/training/bench/engine.ts"]));
    sides.eager.push(turn(values.python, ["-m", "models.training.bench.eager"]));
    sides.eager50.push(turn(values.python, ["-m", "models.training.bench.eager"], ["--decoder-steps", "50"]));
  }
  const table = report(sides);
  console.log(table);
  writeTable(values.docs, "bench", table);
}

function turn(command: string, words: readonly string[], rest: readonly string[] = []): Turn {
  console.error(`${command} ${[...words, ...rest].join(" ")}`);
  return JSON.parse(execFileSync(command, [...words, values.bundle, values.pictures, ...rest], { encoding: "utf8" }));
}

function report({ engine, eager, eager50 }: Readonly<Record<"engine" | "eager" | "eager50", Turn[]>>): string {
  const rows = STAGES.map((stage) => {
    const [ours, theirs] = [seconds(engine, stage), seconds(eager, stage)];
    const name = stage === "whole" ? "**a picture of 256 px**" : stage;
    return `| ${name} | ${ours.toFixed(3)} s | ${theirs.toFixed(3)} s | ${(theirs / ours).toFixed(2)}x faster |`;
  });
  const [memory, theirMemory] = [peak(engine), peak(eager)];
  const [ours, fifty] = [seconds(engine, "whole"), seconds(eager50, "whole")];
  const date = new Date().toISOString().slice(0, 10);
  return [
    `${availableParallelism()} cores, ${date}, medians of ${values.rounds} turns of ${values.pictures} pictures.`,
    "",
    "| standard preset, same steps | engine | PyTorch eager fp32 | ratio |",
    "|---|---|---|---|",
    ...rows,
    `| peak memory of the process | ${memory.toFixed(0)} MB | ${theirMemory.toFixed(0)} MB | ${(memory / theirMemory).toFixed(2)} of it |`,
    "",
    `PyTorch eager with 50 decoder steps takes ${fifty.toFixed(2)} s a picture: the engine's standard preset is ` +
      `${(fifty / ours).toFixed(1)}x faster.`,
  ].join("\n");
}

function seconds(turns: readonly Turn[], stage: string): number {
  return median(turns.flatMap(({ runs }) => runs.map((run) => run[stage] ?? 0)));
}

function peak(turns: readonly Turn[]): number {
  return median(turns.map((one) => one.peak));
}
