// Captions in a file, one on each line.
import { UnclipError } from "../../models/errors.ts";
import { usageError } from "./arguments.ts";
import type { EngineTask, Report } from "./command.ts";
import { readText } from "./inputs.ts";
import type { Values } from "./options.ts";

type NumberedCaption = { readonly line: number; readonly caption: string };

/** The lines that are not empty. Throws INVALID_REQUEST, also for options that are for one result. */
export async function readCaptions(file: string, { out, open }: Values): Promise<readonly NumberedCaption[]> {
  if (open) throw usageError("--open is for one result, and --file draws many");
  if (out !== undefined && !/[\\/]$/.test(out)) throw usageError("with --file, --out must be a folder: --out FOLDER/");
  const lines = (await readText(file, "captions")).split(/\r?\n/);
  const captions = lines.map((caption, i) => ({ line: i + 1, caption })).filter(({ caption }) => caption.trim() !== "");
  if (captions.length === 0) throw usageError(`${file} has no captions`);
  return captions;
}

/** Draws one caption after another. All of them are checked first; pictures that were drawn stay if a later one fails. */
export async function captionsTask(
  captions: readonly NumberedCaption[],
  prepare: (caption: string) => Promise<EngineTask>,
): Promise<EngineTask> {
  const tasks: { readonly line: number; readonly task: EngineTask }[] = [];
  for (const { line, caption } of captions) tasks.push({ line, task: await onLine(line, () => prepare(caption)) });
  return {
    run: async (engine, control) => {
      const reports: Report[] = [];
      let { since } = control;
      for (const { line, task } of tasks) {
        const report = await onLine(line, () => task.run(engine, { ...control, since }));
        reports.push(prefixed(line, report));
        since = performance.now();
      }
      return joined(reports);
    },
  };
}

async function onLine<Out>(line: number, work: () => Promise<Out>): Promise<Out> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UnclipError) || error.code === "CANCELED") throw error;
    const { code, message, field, retryable } = error;
    throw new UnclipError(code, `line ${line}: ${message}`, { field, retryable, cause: error });
  }
}

function prefixed(line: number, report: Report): Report {
  const { warnings = [], summary } = report;
  return {
    ...report,
    warnings: warnings.map((warning) => `line ${line}: ${warning}`),
    ...(summary && { summary: `line ${line}: ${summary}` }),
  };
}

function joined(reports: readonly Report[]): Report {
  return {
    lines: reports.flatMap(({ lines }) => lines),
    json: { results: reports.map(({ json }) => json) },
    warnings: reports.flatMap(({ warnings = [] }) => warnings),
    summary: reports.flatMap(({ summary }) => summary ?? []).join("\n"),
  };
}
