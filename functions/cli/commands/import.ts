import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { usageError } from "../arguments.ts";
import type { Command } from "../command.ts";
import { dataFolder } from "../data-folder.ts";
import { detectFamily } from "../import/detect.ts";
import { FAMILIES, type Family, nameOf, repositoriesOf } from "../import/families.ts";
import { checkNeeds, countWeights, type Precision } from "../import/needs.ts";
import { preparePython, runModule } from "../import/python.ts";
import { parseRevisions, type Revisions } from "../import/revisions.ts";
import type { Values } from "../options.ts";
import { StepBar } from "../progress-bar.ts";

export const importModel: Command = {
  name: "import",
  summary: "convert a published model to a bundle",
  usage: "MODEL | FOLDER...",
  takes: { min: 1, max: 3, what: "the name of a model, or its folders" },
  options: ["out", "precision", "licence", "revision", "python", "data"],
  optionTexts: {
    out: "folder of the bundle (the name of the model)",
    data: "folder for downloads and Python (.unclip)",
  },
  about: `Converts a model of "unclip models" to a bundle. With its name, downloads it from the Hugging Face
hub first, the newest commits or those of --revision; files that are there are not downloaded
again, and every file is checked. With folders in diffusers' layout, finds out which model they
hold. Disk space and memory are checked before it starts. Needs python3 and a clone of the
repository; the Python packages are installed into a virtual environment in the data folder, unless
--python names an interpreter that has them.`,
  examples: [
    "import kandinsky-2-2 --out ~/models/kandinsky",
    "import karlo-v1-alpha karlo-v1-alpha-image-variations --licence LICENSE",
  ],
  prepare: async ({ positionals, values }) => {
    const named = FAMILIES.find(({ id }) => positionals.length === 1 && id === positionals[0]);
    const found = named === undefined ? await detectFamily(positionals) : undefined;
    const out = resolve(values.out ?? (named ?? found!.family).id);
    if (existsSync(out)) throw usageError(`${out} exists already`);
    const precision = precisionOf(values);
    const revisions = parseRevisions(values.revision, named);
    if (found) await checkNeeds(await countWeights(found.folders), out, precision);
    return {
      alone: async (signal) => {
        const bar = process.stderr.isTTY && !values.quiet ? new StepBar(process.stderr) : undefined;
        try {
          const data = dataFolder(values);
          const run = { signal, onLine: (line: string) => bar?.note(line) };
          const python = values.python ?? (await preparePython(join(data, "python"), run));
          const { family, folders, extra } =
            found ?? (await detectFamily([await fetchModel(named!, revisions, data, python, run)]));
          if (!found) await checkNeeds(await countWeights(folders), out, precision);
          bar?.begin(family.parameters.length, /^\S+\.onnx: /);
          const licence = values.licence === undefined ? [] : ["--licence", resolve(values.licence)];
          const options = ["--out", out, "--precision", precision, ...licence];
          await runModule(python, family.module, [...family.args(folders, extra), ...options], run);
          return { lines: [out], json: { model: family.id, bundle: out } };
        } finally {
          bar?.end();
        }
      },
    };
  },
};

function precisionOf({ precision = "fp32" }: Values): Precision {
  if (precision === "fp32" || precision === "fp16") return precision;
  throw usageError("--precision must be fp32 or fp16");
}

/** Downloads the repositories of a model; returns the folder that holds theirs. */
async function fetchModel(
  family: Family,
  revisions: Revisions,
  data: string,
  python: string,
  run: Parameters<typeof runModule>[3],
): Promise<string> {
  const folder = join(data, "models", family.id);
  for (const source of repositoriesOf(family)) {
    const name = nameOf(source);
    const revision = revisions.has(name) ? ["--revision", revisions.get(name)!] : [];
    const args = [source.repository, join(folder, name), ...source.parts, ...revision];
    await runModule(python, "models.training.importing.fetch", args, run);
  }
  return folder;
}
