// npm run research:paper: writes prompts (Python), draws (the engine), measures and writes docs/reports/paper.md (Python), plots.
import { existsSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { Stages } from "../../pipeline/stages.ts";
import { openUnclip } from "../../unclip.ts";
import { CAPTIONS } from "../evaluation/draw.ts";
import { work } from "../evaluation/jobs.ts";
import { python } from "../evaluation/python.ts";
import { compared, evaluated, failures, guided, type Opened, reconstructed, turned } from "./parts.ts";
import { writePlots } from "./plots.ts";
import { CACHE, type Prompts, readPrompts } from "./prompts.ts";
import { timePriors } from "./timing.ts";

const PAGE = "docs/reports/paper.md";
const COMPARED = path.join(CACHE, "text-decoder");
const CHECKPOINT = "models/training/cache/runs/text/checkpoint.pt";
const PARTS = ["1", "2", "3", "4", "5", "6", "7"] as const;
type Part = (typeof PARTS)[number];

const HELP = `npm run research:paper -- [options]

Repeats the paper's experiments on a bundle and writes docs/reports/paper.md and docs/pictures/paper-*.
Needs the data, for part 3 the checkpoints of text and decoder (docs/reports/training.md), and Python with
models/training/requirements.txt. An interrupted run resumes; pictures are cached by the bundle's digest.

  --only PARTS     some of ${PARTS.join(",")}; the page keeps what it says of the others, as long as the bundle is the same
  --bundle DIR     the bundle (models/bundles/picto)
  --limit SHARE    of every list of captions, 0 to 1: a try-out, written to ${CACHE}/<digest>/docs unless --docs says else
  --threads N      threads of the engine (one for each core)
  --docs DIR       where to write (docs)
  --python FILE    the interpreter (python3)`;

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    bundle: { type: "string", default: "models/bundles/picto" },
    limit: { type: "string" },
    threads: { type: "string" },
    docs: { type: "string" },
    python: { type: "string", default: "python3" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) console.log(HELP);
else await repeat();

async function repeat(): Promise<void> {
  const threads = values.threads === undefined ? availableParallelism() : Number(values.threads);
  if (!existsSync(CAPTIONS)) python(values.python, "models.training.evaluation.set");
  python(values.python, "models.training.paper.questions");
  const prompts = await readPrompts(values.bundle, values.limit === undefined ? 1 : Number(values.limit));
  const parts = chosen();
  const unclip = await open(values.bundle, threads);
  try {
    for (const part of parts) await draw(part, prompts, unclip, threads);
  } finally {
    await close(unclip);
  }
  const docs = await place(prompts);
  const where = [prompts.folder, "--evaluated", prompts.evaluated, "--bundle", values.bundle, "--compared", COMPARED];
  where.push("--parts", parts.join(","), ...(values.limit === undefined ? [] : ["--limit", values.limit]));
  python(values.python, "models.training.paper.scores", ...where, "--swept", ids(prompts));
  python(values.python, "models.training.paper.page", ...where, "--docs", docs);
  await writePlots(prompts.folder, docs, values.limit !== undefined);
  console.log(`Written: ${path.join(docs, "reports", "paper.md")} and ${path.join(docs, "pictures")}`);
}

function chosen(): Part[] {
  const only = values.only?.split(",");
  const unknown = only?.find((name) => !PARTS.some((part) => part === name));
  if (unknown !== undefined) throw new Error(`--only ${unknown}: there is ${PARTS.join(", ")}`);
  const parts = PARTS.filter((part) => only === undefined || only.includes(part));
  if (!parts.includes("3") || existsSync(CHECKPOINT)) return parts;
  if (only !== undefined) throw new Error(`Part 3 needs ${CHECKPOINT}: ${PAGE} says how it is trained`);
  console.log(`Part 3 is left out: there is no ${CHECKPOINT}`);
  return parts.filter((part) => part !== "3");
}

async function draw(part: Part, prompts: Prompts, unclip: Opened, threads: number): Promise<void> {
  console.log(`Part ${part}`);
  if (part === "1") await work(path.join(prompts.evaluated, "drawn"), evaluated(prompts, unclip, "1"));
  if (part === "2") await timePriors(prompts, unclip.engine, threads);
  if (part === "3") await compare(prompts, unclip, threads);
  if (part === "4") await work(prompts.folder, guided(prompts, unclip));
  if (part === "5") await work(prompts.folder, reconstructed(prompts, unclip));
  if (part === "6") await work(prompts.folder, turned(prompts, unclip));
  if (part === "7") {
    await work(path.join(prompts.evaluated, "drawn"), evaluated(prompts, unclip, "7"));
    await work(prompts.folder, failures(prompts, unclip));
  }
}

async function compare(prompts: Prompts, unclip: Opened, threads: number): Promise<void> {
  python(values.python, "models.training.paper.comparison", COMPARED, "--bundle", values.bundle);
  const text = await open(COMPARED, threads);
  try {
    const { files } = text.stages.bundle.spec;
    await work(prompts.folder, compared(prompts, unclip, text, `text-${files["decoder.onnx"]!.sha256.slice(0, 8)}`));
  } finally {
    await close(text);
  }
}

async function open(bundle: string, threads: number): Promise<Opened> {
  return { engine: await openUnclip(bundle, { threads }), stages: await Stages.open(bundle, { threads }) };
}

async function close({ engine, stages }: Opened): Promise<void> {
  await Promise.all([engine.close(), stages.close()]);
}

/** The folder of the page; a try-out gets a copy of it. */
async function place({ folder }: Prompts): Promise<string> {
  const docs = values.docs ?? (values.limit === undefined ? "docs" : path.join(folder, "docs"));
  for (const name of ["pictures", "reports"]) await mkdir(path.join(docs, name), { recursive: true });
  const page = path.join(docs, "reports", path.basename(PAGE));
  if (!existsSync(page)) await copyFile(PAGE, page);
  return docs;
}

function ids({ swept }: Prompts): string {
  return swept.map(({ id }) => id).join(",");
}
