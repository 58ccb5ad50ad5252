// Draws the same objects by name, by synonym, by tag, and with an untrained word added.
//
//     npx tsx models/training/evaluation/rewording.ts [--bundle DIR] [--docs DIR] [--threads N] [--python FILE]
//
// Writes a table of docs/reports/model-card.md. Needs the data (docs/reports/training.md) and Python with
// models/training/requirements.txt. A run that was stopped continues where it was.
import { existsSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import type { Unclip } from "../../types.ts";
import { CAPTIONS, EVALUATION, SIZE } from "./draw.ts";
import { drawPrompts, OPTIONS } from "./draw-prompts.ts";
import { type Job, numberOf } from "./jobs.ts";
import { python } from "./python.ts";

const REWORDING = path.join(EVALUATION, "rewording.json");
/** Drawings of a caption that leaves the style open, or the background too; and where their seeds begin. */
const SEEDS = 8;
const FIRST_SEED = 1000;
const MODULE = "models.training.evaluation.rewording";

type Row = { readonly prompts: Readonly<Record<string, string>>; readonly open?: string };

const { values } = parseArgs({ options: OPTIONS });

if (!existsSync(CAPTIONS)) python(values.python, "models.training.evaluation.set");
python(values.python, MODULE);
const folder = await drawPrompts<readonly Row[]>("rewording", REWORDING, values, (engine, rows) =>
  rows.flatMap(({ prompts, open }, i): Job[] => {
    const ways = Object.entries(prompts).map(([how, prompt]) =>
      several(engine, prompt, i, [`${how}/${numberOf(i)}.png`]),
    );
    if (open === undefined) return ways;
    const varied = { open, anything: prompts.bare! };
    const eights = Object.entries(varied).map(([name, prompt]) => {
      const files = Array.from({ length: SEEDS }, (_, k) => `${name}/${numberOf(i)}/${k}.png`);
      return several(engine, prompt, FIRST_SEED + i * SEEDS, files);
    });
    return [...ways, ...eights];
  }),
);
python(values.python, MODULE, folder, "--docs", values.docs);

function several(engine: Unclip, prompt: string, seed: number, files: readonly string[]): Job {
  return {
    files,
    draw: async () => {
      const { pictures } = await engine.generate({ prompt, size: SIZE, seed, count: files.length });
      return pictures.map(({ png }) => png);
    },
  };
}
