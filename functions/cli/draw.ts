// Shared by all commands that draw: writes the pictures to files and reports the result.
import { join } from "node:path";
import type { AnimationFormat } from "../../models/request.ts";
import type { Result, Unclip } from "../../models/types.ts";
import type { Control, EngineTask, Report } from "./command.ts";
import { type Destination, freeBase, makeFolder, resolveDestination } from "./destination.ts";
import { type FileNames, namesFor } from "./file-names.ts";
import { openFile } from "./open-file.ts";
import type { Values } from "./options.ts";
import { saveAll } from "./save.ts";
import { toStandardOutput } from "./standard-output.ts";

export type DrawingTask = {
  /** --out, and what else says what to do with the result. */
  readonly values: Values;
  /** Names the files if --out does not. */
  readonly stem: string;
  /** Pictures of the request. */
  readonly count: number;
  readonly animate?: AnimationFormat | undefined;
  /** Replace the numbers 1, 2, 3 in the names. */
  readonly labels?: readonly number[];
  readonly pictures?: ReadonlyMap<string, Uint8Array>;
  readonly work: (engine: Unclip, control: Control) => Promise<Result>;
};

/** Throws INVALID_REQUEST when the result could not be written. */
export async function drawTask(task: DrawingTask): Promise<EngineTask> {
  const { values, stem, count, animate, labels, pictures, work } = task;
  const toOutput = toStandardOutput({ ...values, animate }, count);
  const destination = toOutput ? undefined : await resolveDestination(values.out, stem, animate);
  return {
    ...(pictures && { pictures }),
    run: async (engine, control) => {
      const result = await work(engine, control);
      const names = destination && (await writeFiles(result, destination, labels, control.signal));
      const report = createReport(engine, result, names ?? {}, performance.now() - control.since);
      if (names === undefined) return { ...report, bytes: result.animation?.bytes ?? result.pictures[0]!.png };
      const shown = names.animation ?? names.sheet ?? names.pictures?.[0];
      if (!values.open || shown === undefined || (await openFile(shown))) return report;
      return { ...report, warnings: [...(report.warnings ?? []), "--open: this machine has no command to open files"] };
    },
  };
}

async function writeFiles(
  { pictures, sheet, animation }: Result,
  destination: Destination,
  labels: readonly number[] | undefined,
  signal: AbortSignal | undefined,
): Promise<Partial<FileNames>> {
  const names = (base: string): Partial<FileNames> => {
    const files = { count: pictures.length, labels, sheet: sheet !== undefined, animation: animation?.format };
    const all = namesFor(base, files);
    return destination.animationOnly ? { animation: all.animation } : all;
  };
  await makeFolder(destination);
  const base = await freeBase(destination, (candidate) => listPaths(names(candidate)));
  const at = (name: string | undefined) => name && join(destination.folder, name);
  const chosen = names(base);
  const paths = {
    pictures: chosen.pictures?.map((name) => join(destination.folder, name)),
    sheet: at(chosen.sheet),
    animation: at(chosen.animation),
  };
  const files = new Map<string, Uint8Array>();
  paths.pictures?.forEach((path, i) => {
    files.set(path, pictures[i]!.png);
  });
  if (paths.sheet && sheet) files.set(paths.sheet, sheet);
  if (paths.animation && animation) files.set(paths.animation, animation.bytes);
  await saveAll(files, signal);
  return paths;
}

function listPaths({ pictures = [], sheet, animation }: Partial<FileNames>): string[] {
  return [...pictures, ...(sheet ? [sheet] : []), ...(animation ? [animation] : [])];
}

function createReport({ info }: Unclip, result: Result, paths: Partial<FileNames>, milliseconds: number): Report {
  const pictures = result.pictures.map(({ size, seed, score }, i) => ({
    path: paths.pictures?.[i],
    size,
    seed,
    score,
  }));
  return {
    lines: listPaths(paths),
    json: {
      bundle: { name: info.name, version: info.version },
      pictures,
      sheet: paths.sheet,
      animation: result.animation && { path: paths.animation, format: result.animation.format },
      warnings: result.warnings,
      timings: result.timings,
      milliseconds,
    },
    warnings: result.warnings.map(({ message }) => message),
    summary: formatSummary(result, milliseconds),
  };
}

/** "2 pictures in 3.1 s, seeds 7 to 8, scores 0.312 0.287": enough to draw the best of them again. */
function formatSummary({ pictures }: Result, milliseconds: number): string {
  const seeds = pictures.map(({ seed }) => seed);
  const [first, last] = [seeds[0], seeds.at(-1)];
  const scores = pictures.flatMap(({ score }) => (score === undefined ? [] : score.toFixed(3)));
  return [
    `${pictures.length === 1 ? "1 picture" : `${pictures.length} pictures`} in ${(milliseconds / 1000).toFixed(1)} s`,
    first === last ? `seed ${first}` : `seeds ${first} to ${last}`,
    ...(scores.length > 0 ? [`${scores.length === 1 ? "score" : "scores"} ${scores.join(" ")}`] : []),
  ].join(", ");
}
