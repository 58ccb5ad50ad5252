// Draws 64 captions at 256 px for a person to name: shuffled tiles with numbers in the place of captions.
//
//     npx tsx models/training/evaluation/by_eye.ts [--bundle DIR] [--threads N] [--python FILE]
//
// Writes models/training/cache/evaluation/by-eye-<digest>/tiles.png, and key.json beside it. The answers, committed before the
// key was opened, are in by_eye.txt. Needs the data (docs/reports/training.md) and Python with
// models/training/requirements.txt.
import path from "node:path";
import { parseArgs } from "node:util";
import { EVALUATION } from "./draw.ts";
import { drawPrompts, OPTIONS } from "./draw-prompts.ts";
import { type Job, numberOf } from "./jobs.ts";
import { python } from "./python.ts";

const MODULE = "models.training.evaluation.by_eye";
const PROMPTS = path.join(EVALUATION, "by-eye.json");

const { docs: _, ...options } = OPTIONS;
const { values } = parseArgs({ options });

python(values.python, MODULE);
const folder = await drawPrompts<readonly string[]>("by-eye", PROMPTS, values, (engine, captions) =>
  captions.map((prompt, i): Job => {
    const draw = async () => [(await engine.generate({ prompt, size: 256, seed: i })).pictures[0]!.png];
    return { files: [`${numberOf(i)}.png`], draw };
  }),
);
python(values.python, MODULE, folder);
