// Draws variations of real renders at strength 0.5 and interpolations between them, and lets the judge measure both.
//
//     npx tsx models/training/evaluation/edits.ts [--bundle DIR] [--docs DIR] [--threads N] [--python FILE]
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

/** Renders of the seen list that are varied, and pairs of them with a path between. */
const VARIED = 100;
const PATHS = 50;

const { values } = parseArgs({
  options: {
    bundle: { type: "string", default: "models/bundles/picto" },
    docs: { type: "string", default: "docs" },
    threads: { type: "string" },
    python: { type: "string", default: "python3" },
  },
});

if (!existsSync(CAPTIONS)) python(values.python, "models.training.evaluation.set");
const [spec, wanted] = await Promise.all([
  readFile(path.join(values.bundle, "bundle.json"), "utf8"),
  readFile(CAPTIONS, "utf8"),
]);
const folder = path.join(EVALUATION, `edits-${digestOf(spec, wanted)}`);
const threads = values.threads === undefined ? availableParallelism() : Number(values.threads);
const engine = await openUnclip(values.bundle, { threads });
const real = async (i: number) => new Uint8Array(await readFile(path.join(EVALUATION, `real/seen/${numberOf(i)}.png`)));
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
try {
  await work(folder, [...variations, ...paths]);
} finally {
  await engine.close();
}
python(values.python, "models.training.evaluation.edits", folder, "--docs", values.docs);
