// Draws the same objects by name, by synonym, by tag, and with an untrained word added.
//
//     npx tsx models/training/evaluation/rewording.ts [--bundle DIR] [--docs DIR] [--threads N] [--python FILE]
//
// Writes a table of docs/reports/model-card.md. Needs the data (docs/reports/training.md) and Python with
// models/training/requirements.txt. A run that was stopped continues where it was.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { openUnclip } from "../../unclip.ts";
import { CAPTIONS, EVALUATION, SIZE } from "./draw.ts";
import { digestOf, type Job, numberOf, work } from "./jobs.ts";
import { python } from "./python.ts";

const REWORDING = path.join(EVALUATION, "rewording.json");
/** Drawings of a caption that leaves the style open, or the background too; and where their seeds begin. */
const SEEDS = 8;
const FIRST_SEED = 1000;
const MODULE = "models.training.evaluation.rewording";

const { values } = parseArgs({
  options: {
    bundle: { type: "string", default: "models/bundles/picto" },
    docs: { type: "string", default: "docs" },
    threads: { type: "string" },
    python: { type: "string", default: "python3" },
  },
});

if (!existsSync(CAPTIONS)) python(values.python, "models.training.evaluation.set");
python(values.python, MODULE);
const [spec, wanted] = await Promise.all([
  readFile(path.join(values.bundle, "bundle.json"), "utf8"),
  readFile(REWORDING, "utf8"),
]);
const rows: readonly { readonly prompts: Readonly<Record<string, string>>; readonly open?: string }[] =
  JSON.parse(wanted);
const folder = path.join(EVALUATION, `rewording-${digestOf(spec, wanted)}`);
const threads = values.threads === undefined ? availableParallelism() : Number(values.threads);
const engine = await openUnclip(values.bundle, { threads });
const jobs = rows.flatMap(({ prompts, open }, i): Job[] => {
  const ways = Object.entries(prompts).map(([how, prompt]) => several(prompt, i, [`${how}/${numberOf(i)}.png`]));
  if (open === undefined) return ways;
  const varied = { open, anything: prompts.bare! };
  const eights = Object.entries(varied).map(([name, prompt]) => {
    const files = Array.from({ length: SEEDS }, (_, k) => `${name}/${numberOf(i)}/${k}.png`);
    return several(prompt, FIRST_SEED + i * SEEDS, files);
  });
  return [...ways, ...eights];
});
try {
  await work(folder, jobs);
} finally {
  await engine.close();
}
python(values.python, MODULE, folder, "--docs", values.docs);

function several(prompt: string, seed: number, files: readonly string[]): Job {
  return {
    files,
    draw: async () => {
      const { pictures } = await engine.generate({ prompt, size: SIZE, seed, count: files.length });
      return pictures.map(({ png }) => png);
    },
  };
}
