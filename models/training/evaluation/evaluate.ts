// npm run research:evaluate: writes captions (Python), draws (the engine), judges and writes the model card (Python).
import { existsSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { SAMPLERS } from "../../request.ts";
import { CAPTIONS, CONDITIONS, type Condition, draw } from "./draw.ts";
import { python } from "./python.ts";

const HELP = `npm run research:evaluate -- [options]

Draws 200 held-out and 200 seen captions, lets the judge name them, and writes docs/reports/model-card.md and docs/pictures.
Needs the data (docs/reports/training.md) and Python with models/training/requirements.txt.
An interrupted run resumes; pictures are cached by the bundle's digest.

  --bundle DIR     the bundle (models/bundles/picto)
  --sampler NAME   with --steps: once more with the diffusion prior and this sampler of the decoder, to set the
  --steps N        standard preset beside, say, 50 steps of ddim (${SAMPLERS.join(", ")})
  --only NAMES     draws these conditions and stops (diffusion, z_t, autoregressive, or a sampler's), so that several
                   processes can share the work; the last call, without it, judges
  --threads N      threads of the engine (one for each core)
  --limit N        only N captions of each half of a list: a try-out
  --docs DIR       where to write (docs)
  --python FILE    the interpreter (python3)`;

const { values } = parseArgs({
  options: {
    bundle: { type: "string", default: "models/bundles/picto" },
    sampler: { type: "string" },
    steps: { type: "string" },
    only: { type: "string" },
    threads: { type: "string" },
    limit: { type: "string" },
    docs: { type: "string", default: "docs" },
    python: { type: "string", default: "python3" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) console.log(HELP);
else await evaluate();

async function evaluate(): Promise<void> {
  if (!existsSync(CAPTIONS) || values.only === undefined) {
    python(
      values.python,
      "models.training.evaluation.set",
      ...(values.limit === undefined ? [] : ["--limit", values.limit]),
    );
  }
  const threads = values.threads === undefined ? undefined : Number(values.threads);
  const work = { conditions: chosen(), rebuilt: values.only === undefined, threads };
  const drawn = await draw(values.bundle, work);
  if (values.only !== undefined) return;
  python(values.python, "models.training.evaluation.judge", drawn);
  python(values.python, "models.training.evaluation.card", drawn, "--bundle", values.bundle, "--docs", values.docs);
  console.log(
    `Written: ${path.join(values.docs, "reports", "model-card.md")} and ${path.join(values.docs, "pictures")}`,
  );
}

function chosen(): Condition[] {
  const all = [...CONDITIONS, ...another()];
  const only = values.only?.split(",");
  const unknown = only?.find((name) => !all.some((condition) => condition.name === name));
  if (unknown) throw new Error(`--only ${unknown}: there is ${all.map(({ name }) => name).join(", ")}`);
  return only === undefined ? all : all.filter(({ name }) => only.includes(name));
}

/** The diffusion prior once more, with the decoder sampled otherwise. */
function another(): Condition[] {
  if (values.sampler === undefined && values.steps === undefined) return [];
  const sampler = SAMPLERS.find((name) => name === values.sampler);
  const steps = Number(values.steps);
  if (sampler === undefined || !Number.isInteger(steps)) {
    throw new Error(`Give --steps a number and, with it, --sampler one of ${SAMPLERS.join(", ")}`);
  }
  return [{ name: `diffusion-${sampler}-${steps}`, z: "diffusion", varied: false, sampler, steps }];
}
