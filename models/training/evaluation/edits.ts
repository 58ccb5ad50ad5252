// Draws variations of real renders at strength 0.5 and interpolations between them, and lets the judge measure both.
//
//     npx tsx models/training/evaluation/edits.ts [--bundle DIR] [--docs DIR] [--threads N] [--python FILE]
//
// Writes a table of docs/reports/model-card.md. Needs the data (docs/reports/training.md) and Python with
// models/training/requirements.txt. A run that was stopped continues where it was.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { CAPTIONS, EVALUATION, SIZE } from "./draw.ts";
import { drawPrompts, OPTIONS } from "./draw-prompts.ts";
import { type Job, numberOf } from "./jobs.ts";
import { python } from "./python.ts";

/** Renders of the seen list that are varied, and pairs of them with a path between. */
const VARIED = 100;
const PATHS = 50;

const { values } = parseArgs({ options: OPTIONS });

if (!existsSync(CAPTIONS)) python(values.python, "models.training.evaluation.set");
const folder = await drawPrompts("edits", CAPTIONS, values, (engine) => {
  const real = async (i: number) =>
    new Uint8Array(await readFile(path.join(EVALUATION, `real/seen/${numberOf(i)}.png`)));
  const variations = Array.from({ length: VARIED }, (_, i): Job => {
    const draw = async () => {
      const { pictures } = await engine.variations({ image: await real(i), strength: 0.5, size: SIZE, seed: i });
      return [pictures[0]!.png];
    };
    return { files: [`variations/${numberOf(i)}.png`], draw };
  });
  const paths = Array.from({ length: PATHS }, (_, i): Job => {
    const draw = async () => {
      const between = [{ image: await real(2 * i) }, { image: await real(2 * i + 1) }];
      const { pictures } = await engine.interpolate({ between, frames: 3, size: SIZE, seed: i });
      return pictures.map(({ png }) => png);
    };
    return { files: ["first", "middle", "last"].map((frame) => `paths/${frame}/${numberOf(i)}.png`), draw };
  });
  return [...variations, ...paths];
});
python(values.python, "models.training.evaluation.edits", folder, "--docs", values.docs);
