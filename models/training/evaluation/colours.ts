// Draws 100 captions of colours that no icon of the concept has ("a blue fox"), and 20 text diffs to such a colour, and measures
// whether the thing has the colour.
//
//     npx tsx models/training/evaluation/colours.ts [--bundle DIR] [--docs DIR] [--threads N] [--python FILE]
//
// Writes a table of docs/reports/model-card.md. Needs the data (docs/reports/training.md) and Python with
// models/training/requirements.txt. A run that was stopped continues where it was.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { EVALUATION, SIZE } from "./draw.ts";
import { drawPrompts, OPTIONS } from "./draw-prompts.ts";
import { type Job, numberOf } from "./jobs.ts";
import { python } from "./python.ts";

const MODULE = "models.training.evaluation.colours";
/** Written by the module: captions, and edits of the icon as it is. */
const PROMPTS = path.join(EVALUATION, "colours.json");
type Prompt = { readonly caption: string; readonly from: string; readonly to: string };

/** Renders that are edited, and how far. */
const EDITED = 20;
const AMOUNT = 0.25;

const { values } = parseArgs({ options: OPTIONS });

python(values.python, MODULE);
const folder = await drawPrompts<readonly Prompt[]>("colours", PROMPTS, values, (engine, prompts) => {
  const conditions = (["diffusion", "autoregressive"] as const).flatMap((prior) =>
    prompts.map(({ caption: prompt }, i): Job => {
      const draw = async () => [(await engine.generate({ prompt, prior, size: SIZE, seed: i })).pictures[0]!.png];
      return { files: [`${prior}/${numberOf(i)}.png`], draw };
    }),
  );
  const edits = prompts.slice(0, EDITED).map(({ from, to }, i): Job => {
    const draw = async () => {
      const image = new Uint8Array(await readFile(path.join(EVALUATION, `real/as-they-are/${numberOf(i)}.png`)));
      return [(await engine.manipulate({ image, from, to, amount: AMOUNT, size: SIZE, seed: i })).pictures[0]!.png];
    };
    return { files: [`edited/${numberOf(i)}.png`], draw };
  });
  return [...conditions, ...edits];
});
python(values.python, MODULE, folder, "--docs", values.docs);
