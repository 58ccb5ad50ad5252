// What the programs share that draw from a file of prompts and let Python measure the drawings.
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import path from "node:path";
import type { Unclip } from "../../types.ts";
import { openUnclip } from "../../unclip.ts";
import { EVALUATION } from "./draw.ts";
import { digestOf, type Job, work } from "./jobs.ts";

/** Their options on the command line, for parseArgs. */
export const OPTIONS = {
  bundle: { type: "string", default: "models/bundles/picto" },
  docs: { type: "string", default: "docs" },
  threads: { type: "string" },
  python: { type: "string", default: "python3" },
} as const;

type Given = { readonly bundle: string; readonly threads?: string | undefined };

/**
 * Draws the jobs that `plan` makes of the JSON in `file`, from where an earlier run was stopped. Returns the folder of the
 * drawings. Its name depends on `name`, the bundle and the file.
 */
export async function drawPrompts<Prompts>(
  name: string,
  file: string,
  { bundle, threads }: Given,
  plan: (engine: Unclip, prompts: Prompts) => readonly Job[],
): Promise<string> {
  const [spec, wanted] = await Promise.all([
    readFile(path.join(bundle, "bundle.json"), "utf8"),
    readFile(file, "utf8"),
  ]);
  const folder = path.join(EVALUATION, `${name}-${digestOf(spec, wanted)}`);
  const engine = await openUnclip(bundle, {
    threads: threads === undefined ? availableParallelism() : Number(threads),
  });
  try {
    await work(folder, plan(engine, JSON.parse(wanted)));
  } finally {
    await engine.close();
  }
  return folder;
}
