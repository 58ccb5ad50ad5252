// Draws 64 captions at 256 px for a person to name: shuffled tiles with numbers in the place of captions.
//
//     npx tsx models/training/evaluation/by_eye.ts [--bundle DIR] [--threads N] [--python FILE]
//
// Writes models/training/cache/evaluation/by-eye-<digest>/tiles.png, and key.json beside it. The answers, committed before the
// key was opened, are in by_eye.txt. Needs the data (docs/reports/training.md) and Python with
// models/training/requirements.txt.
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { openUnclip } from "../../unclip.ts";
import { EVALUATION } from "./draw.ts";
import { digestOf, type Job, numberOf, work } from "./jobs.ts";
import { python } from "./python.ts";

const MODULE = "models.training.evaluation.by_eye";
const PROMPTS = path.join(EVALUATION, "by-eye.json");

const { values } = parseArgs({
  options: {
    bundle: { type: "string", default: "models/bundles/picto" },
    threads: { type: "string" },
    python: { type: "string", default: "python3" },
  },
});

python(values.python, MODULE);
const [spec, wanted] = await Promise.all([
  readFile(path.join(values.bundle, "bundle.json"), "utf8"),
  readFile(PROMPTS, "utf8"),
]);
const folder = path.join(EVALUATION, `by-eye-${digestOf(spec, wanted)}`);
const threads = values.threads === undefined ? availableParallelism() : Number(values.threads);
const engine = await openUnclip(values.bundle, { threads });
const captions: readonly string[] = JSON.parse(wanted);
const jobs = captions.map((prompt, i): Job => {
  const draw = async () => [(await engine.generate({ prompt, size: 256, seed: i })).pictures[0]!.png];
  return { files: [`${numberOf(i)}.png`], draw };
});
try {
  await work(folder, jobs);
} finally {
  await engine.close();
}
python(values.python, MODULE, folder);
