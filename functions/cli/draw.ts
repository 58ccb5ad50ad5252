// The end of every command that draws: its pictures become files, and its result a report.
import { join } from "node:path";
import type { AnimationFormat } from "../../models/request.ts";
import type { Result, Unclip } from "../../models/types.ts";
import type { Control, EngineTask, Report } from "./command.ts";
import { type Destination, destinationOf, freeBase } from "./destination.ts";
import { type Names, namesFor } from "./file-names.ts";
import { saveAll } from "./save.ts";

type Drawing = {
  readonly out: string | undefined;
  /** Names the files when --out does not. */
  readonly stem: string;
  readonly animate?: AnimationFormat | undefined;
  /** What the pictures are numbered by, when not by 1, 2, 3. */
  readonly labels?: readonly number[];
  readonly pictures?: ReadonlyMap<string, Uint8Array>;
  readonly work: (engine: Unclip, control: Control) => Promise<Result>;
};

export async function drawTask({ out, stem, animate, labels, pictures, work }: Drawing): Promise<EngineTask> {
  const place = await destinationOf(out, stem, animate);
  return {
    ...(pictures && { pictures }),
    run: async (engine, control) => {
      const start = performance.now();
      const result = await work(engine, control);
      const names = await write(result, place, labels, control.signal);
      return report(engine, result, names, performance.now() - start);
    },
  };
}

async function write(
  { pictures, sheet, animation }: Result,
  place: Destination,
  labels: readonly number[] | undefined,
  signal: AbortSignal | undefined,
): Promise<Partial<Names>> {
  const names = (base: string): Partial<Names> => {
    const made = { count: pictures.length, labels, sheet: sheet !== undefined, animation: animation?.format };
    const all = namesFor(base, made);
    return place.animationOnly ? { animation: all.animation } : all;
  };
  const base = await freeBase(place, (candidate) => listed(names(candidate)));
  const at = (name: string | undefined) => name && join(place.folder, name);
  const { pictures: drawn, sheet: overview, animation: moving } = names(base);
  const paths = {
    pictures: drawn?.map((name) => join(place.folder, name)),
    sheet: at(overview),
    animation: at(moving),
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

function listed({ pictures = [], sheet, animation }: Partial<Names>): string[] {
  return [...pictures, ...(sheet ? [sheet] : []), ...(animation ? [animation] : [])];
}

function report({ info }: Unclip, result: Result, paths: Partial<Names>, milliseconds: number): Report {
  const pictures = result.pictures.map(({ size, seed, score }, i) => ({
    path: paths.pictures?.[i],
    size,
    seed,
    score,
  }));
  return {
    lines: listed(paths),
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
    summary: summaryOf(result, milliseconds),
  };
}

/** "2 pictures in 3.1 s, seeds 7 to 8, scores 0.312 0.287": what one needs to draw the best of them again. */
function summaryOf({ pictures }: Result, milliseconds: number): string {
  const seeds = pictures.map(({ seed }) => seed);
  const [first, last] = [seeds[0], seeds.at(-1)];
  const scores = pictures.flatMap(({ score }) => (score === undefined ? [] : score.toFixed(3)));
  return [
    `${pictures.length === 1 ? "1 picture" : `${pictures.length} pictures`} in ${(milliseconds / 1000).toFixed(1)} s`,
    first === last ? `seed ${first}` : `seeds ${first} to ${last}`,
    ...(scores.length > 0 ? [`${scores.length === 1 ? "score" : "scores"} ${scores.join(" ")}`] : []),
  ].join(", ");
}
