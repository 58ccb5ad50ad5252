// npm run research:sheets: draws captions that were not selected by hand, at 256 and 1024 px, into docs/pictures/samples-*.jpg.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { openUnclip } from "../../unclip.ts";
import { CAPTIONS, type Captions, EVALUATION } from "./draw.ts";
import { type Job, numberOf, work } from "./jobs.ts";
import { python } from "./python.ts";

const LISTS = ["held-out", "seen"] as const;
/** Captions of each size; the first of both halves of both lists. */
const SHOWN = { 256: 64, 1024: 8 } as const;

const HELP = `npm run research:sheets -- [options]

Draws the first captions of the evaluation's lists with the standard preset, ${SHOWN[256]} at 256 px and ${SHOWN[1024]} at 1024 px, each with
its number in its list as the seed. Needs the data (docs/reports/training.md) and Python with models/training/requirements.txt.
A run that was stopped goes on where it was.

  --bundle DIR     the bundle (models/bundles/picto)
  --docs DIR       where to write (docs)
  --python FILE    the interpreter (python3)`;

const { values } = parseArgs({
  options: {
    bundle: { type: "string", default: "models/bundles/picto" },
    docs: { type: "string", default: "docs" },
    python: { type: "string", default: "python3" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) console.log(HELP);
else await sheets();

async function sheets(): Promise<void> {
  if (!existsSync(CAPTIONS)) python(values.python, "models.training.evaluation.set");
  const [spec, wanted] = await Promise.all([readFile(path.join(values.bundle, "bundle.json")), readFile(CAPTIONS)]);
  const digest = createHash("sha256").update(spec).update(wanted).digest("hex").slice(0, 12);
  const folder = path.join(EVALUATION, `samples-${digest}`);
  const engine = await openUnclip(values.bundle);
  const { lists }: Captions = JSON.parse(wanted.toString());
  const jobs = ([256, 1024] as const).flatMap((size) =>
    firstOf(lists, SHOWN[size]).map(({ list, i, caption }): Job => {
      const draw = async () => [(await engine.generate({ prompt: caption, size, seed: i })).pictures[0]!.png];
      return { files: [`${size}/${list}-${numberOf(i)}.png`], draw };
    }),
  );
  try {
    await work(folder, jobs);
  } finally {
    await engine.close();
  }
  python(values.python, "models.training.evaluation.samples", folder, "--docs", values.docs);
}

/** The same number of each half of each list, in their order. */
function firstOf(lists: Captions["lists"], count: number) {
  const each = count / LISTS.length / 2;
  return LISTS.flatMap((list) => {
    const rows = lists[list]!.map(({ caption }, i) => ({ list, i, caption }));
    return [0, rows.length / 2].flatMap((start) => rows.slice(start, start + each));
  });
}
