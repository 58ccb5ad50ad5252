// The prompts of the experiments: the evaluation's captions and the scenes of questions.py.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { CAPTIONS, type Captions, EVALUATION } from "../evaluation/draw.ts";
import { digestOf, literalDigestOf, numberOf } from "../evaluation/jobs.ts";

export const CACHE = "models/training/cache/paper";

/** Renders are named by their files under CACHE. */
type Scenes = {
  /** The captions of each list without the style. */
  readonly open: Readonly<Record<string, readonly string[]>>;
  readonly between: readonly (readonly string[])[];
  readonly differences: readonly { readonly image: string; readonly from: string; readonly to: string }[];
  readonly bindings: readonly { readonly caption: string }[];
  readonly lettered: readonly { readonly caption: string }[];
  readonly words: readonly string[];
};

type Row = Captions["lists"][string][number] & { readonly background: string };
/**
 * One of the captions that sweeps draw several times, without the style: its place in its list, whose real render has the same
 * name.
 */
export type Swept = { readonly id: string; readonly real: string; readonly seed: number } & Row;

export type Prompts = {
  /** Folder of the pictures of this bundle and these prompts. */
  readonly folder: string;
  /** The same for what `npm run research:evaluate` draws. */
  readonly evaluated: string;
  readonly captions: Captions;
  readonly scenes: Scenes;
  readonly swept: readonly Swept[];
  readonly grounds: readonly string[];
};

/** Captions of a sweep, a quarter of each half of the held-out list, the other half of the seen list; seeds of each. */
const SWEPT = 60;
export const SEEDS = 6;
/** Where the seeds of sweeps begin: the evaluation has those below. */
const FIRST_SEED = 2_000_000;

/** limit: a share of every list, 0 to 1. */
export async function readPrompts(bundle: string, limit: number): Promise<Prompts> {
  const files = [path.join(bundle, "bundle.json"), CAPTIONS, path.join(CACHE, "prompts.json")];
  const [spec, wanted, own] = await Promise.all(files.map((file) => readFile(file, "utf8")));
  const captions: Captions & { backgrounds: Record<string, string> } = JSON.parse(wanted!);
  const scenes: Scenes = JSON.parse(own!);
  const some = <T>(rows: readonly T[]) => rows.slice(0, Math.ceil(rows.length * limit));
  const lists = Object.entries(captions.lists).map(([name, rows]) => [name, some(rows)] as const);
  return {
    folder: path.join(CACHE, literalDigestOf(spec!, wanted!, own!)),
    evaluated: path.join(EVALUATION, digestOf(spec!, wanted!)),
    captions: { ...captions, varied: 0, lists: Object.fromEntries(lists), pairs: some(captions.pairs) },
    scenes: { ...scenes, bindings: some(scenes.bindings) },
    swept: some(sweep(captions.lists as Record<string, readonly Row[]>, scenes.open)),
    grounds: Object.keys(captions.backgrounds),
  };
}

/** Taken in turn from both lists, and from both halves of each, so that a share of them is as mixed as all. */
function sweep(lists: Record<string, readonly Row[]>, open: Scenes["open"]): Swept[] {
  const places = Object.entries(lists).flatMap(([list, rows]) =>
    Array.from({ length: SWEPT / 2 }, (_, k) => ({ list, k, i: (k >> 1) + (k % 2) * (rows.length / 2), rows })),
  );
  return places
    .sort((a, b) => a.k - b.k)
    .map(({ list, i, rows }, place) => {
      const name = numberOf(i);
      const seed = FIRST_SEED + place * SEEDS;
      return { ...rows[i]!, id: `${list}-${name}`, real: `${list}/${name}.png`, seed, caption: open[list]![i]! };
    });
}
