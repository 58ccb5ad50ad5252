// Draws every picture that the judge scores: one PNG per file, 64 px. Skips what an earlier run has drawn.
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import path from "node:path";
import { Call } from "../../pipeline/call.ts";
import { row } from "../../pipeline/images.ts";
import { Pipeline } from "../../pipeline/pipeline.ts";
import { createRecords } from "../../pipeline/provenance.ts";
import { resolveSettings } from "../../pipeline/settings.ts";
import { Stages } from "../../pipeline/stages.ts";
import { type PriorName, parseGenerate, type SamplerName } from "../../request.ts";
import type { Control, StageCache, Unclip } from "../../types.ts";
import { openUnclip } from "../../unclip.ts";
import { digestOf, type Job, numberOf, work } from "./jobs.ts";

/** Folder of the captions and of the drawings. */
export const EVALUATION = "models/training/cache/evaluation";
/** Written by set.py. */
export const CAPTIONS = path.join(EVALUATION, "captions.json");

/** Where z_i comes from, and the decoder options that differ from the standard preset. */
export type Condition = {
  readonly name: string;
  /** Also draws several pictures of some captions, for diversity. */
  readonly varied: boolean;
  readonly z: "text" | PriorName;
  readonly sampler?: SamplerName | undefined;
  readonly steps?: number | undefined;
  readonly guidance?: number | undefined;
  readonly priorGuidance?: number | undefined;
  readonly literal?: boolean | undefined;
};

type Work = {
  readonly conditions: readonly Condition[];
  /** Also rebuilds real renders. */
  readonly rebuilt: boolean;
  readonly threads?: number | undefined;
};

/** The captions to draw. */
export type Captions = {
  readonly varied: number;
  readonly rebuilt: number;
  readonly lists: Readonly<Record<string, readonly { readonly caption: string }[]>>;
  /** Scenes of two things. */
  readonly pairs: readonly { readonly caption: string }[];
};

type Drawer = (caption: string, seed: number) => Promise<Uint8Array[]>;

/** Size of the pictures in pixels. */
export const SIZE = 64 as const;
/** Drawings of one caption that diversity is measured over. */
const SEEDS = 8;
/** Where the seeds of the second and later drawings of a caption begin; the first of caption i has seed i. */
const MORE_SEEDS = 1_000_000;

/** The two priors, and z_t in the place of z_i; in the order of their weight, for a run that is stopped. */
export const CONDITIONS: readonly Condition[] = [
  { name: "diffusion", z: "diffusion", varied: true },
  { name: "z_t", z: "text", varied: true },
  { name: "autoregressive", z: "autoregressive", varied: true },
];

/**
 * Draws into EVALUATION/<digest>/drawn and returns that folder. The digest covers the captions and everything in the bundle that
 * affects a picture of 64 px. Several processes may draw different conditions at once.
 */
export async function draw(
  bundle: string,
  { conditions, rebuilt, threads = availableParallelism() }: Work,
): Promise<string> {
  const [spec, wanted] = await Promise.all([
    readFile(path.join(bundle, "bundle.json"), "utf8"),
    readFile(CAPTIONS, "utf8"),
  ]);
  const captions: Captions = JSON.parse(wanted);
  const folder = path.join(EVALUATION, digestOf(spec, wanted));
  const engine = await openUnclip(bundle, { threads });
  const stages = await Stages.open(bundle, { threads });
  try {
    const jobs = conditions.flatMap((one) => [
      ...drawings(captions, one, drawer(engine, stages, one)),
      ...(one.z === "text" ? [] : pairs(captions, one, drawer(engine, stages, one))),
      ...pairsTogether(captions, one, engine, stages),
    ]);
    const back = rebuilt ? rebuilds(captions, engine, path.join(EVALUATION, "real")) : [];
    await work(path.join(folder, "drawn"), [...back, ...jobs]);
  } finally {
    await Promise.all([engine.close(), stages.close()]);
  }
  return folder;
}

/** Drawings of single objects under one condition, in a folder of its name. */
export function drawings(
  { lists, varied: variedCaptions }: Captions,
  { name, varied }: Condition,
  draw: Drawer,
): Job[] {
  const captionsVaried = varied ? variedCaptions : 0;
  return Object.entries(lists).flatMap(([list, rows]) =>
    rows.flatMap(({ caption }, i) => {
      const number = numberOf(i);
      const first = { files: [`${name}/${list}/${number}.png`], draw: () => draw(caption, i) };
      const others = Array.from({ length: i < captionsVaried ? SEEDS - 1 : 0 }, (_, k) => ({
        files: [`${name}/varied/${list}-${number}/${k + 1}.png`],
        draw: () => draw(caption, MORE_SEEDS + i * SEEDS + k + 1),
      }));
      return [first, ...others];
    }),
  );
}

/** Drawings of two objects, each object from its own z_i, as the engine does by default. */
function pairs(captions: Captions, { name }: Condition, draw: Drawer, folder = "pairs"): Job[] {
  return captions.pairs.map(({ caption }, i) => {
    return { files: [`${name}/${folder}/${numberOf(i)}.png`], draw: () => draw(caption, i) };
  });
}

/** Drawings of two objects from one z_i, as in the paper. */
export function pairsTogether(captions: Captions, condition: Condition, engine: Unclip, stages: Stages): Job[] {
  return pairs(captions, condition, drawer(engine, stages, { ...condition, literal: true }), "together");
}

/** Real renders rebuilt by variations at strength 0. */
function rebuilds({ lists, rebuilt }: Captions, engine: Unclip, real: string): Job[] {
  return Object.keys(lists).flatMap((list) =>
    Array.from({ length: rebuilt }, (_, i) => {
      const file = `${list}/${numberOf(i)}.png`;
      const draw = async () => {
        const image = new Uint8Array(await readFile(path.join(real, file)));
        return [(await engine.variations({ image, strength: 0, size: SIZE, seed: i })).pictures[0]!.png];
      };
      return { files: [`rebuilt/${file}`], draw };
    }),
  );
}

/** cacheOf: the stage cache of a caption and seed, for conditions that share stages. */
export function drawer(
  engine: Unclip,
  stages: Stages,
  { z, name: _, varied: __, ...given }: Condition,
  cacheOf?: (caption: string, seed: number) => StageCache,
): Drawer {
  const options = {
    size: SIZE,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
  if (z !== "text") {
    return async (prompt, seed) => {
      const control: Control = cacheOf === undefined ? {} : { stageCache: cacheOf(prompt, seed) };
      return [(await engine.generate({ prompt, prior: z, seed, ...options }, control)).pictures[0]!.png];
    };
  }
  // The engine always runs a prior. This experiment (paper 5.1) feeds z_t to the decoder instead.
  return async (prompt, seed) => {
    const request = parseGenerate({ prompt, seed, ...options });
    const call = new Call({}, new AbortController().signal);
    const settings = resolveSettings(stages.bundle.spec, request);
    const pipeline = await Pipeline.open(stages, call, settings, { usesPrior: false });
    const caption = await pipeline.encodeText(prompt);
    const small = await pipeline.decode([{ z: caption.embedding, x: pipeline.initialNoise(seed), seed, caption }]);
    const records = createRecords(stages.bundle.spec, "generate", request);
    const finish = { records, captions: [caption], columns: row };
    const { pictures } = await pipeline.finish(pipeline.upsample(small, seed), finish);
    return [pictures[0]!.png];
  };
}
