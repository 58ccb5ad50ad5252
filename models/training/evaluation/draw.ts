// Draws everything the judge looks at, one PNG a file at 64 px, and goes on where an interrupted run stopped.
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import path from "node:path";
import { Call } from "../../pipeline/call.ts";
import { Pipeline } from "../../pipeline/pipeline.ts";
import { Stages } from "../../pipeline/stages.ts";
import { type PriorName, parseGenerate, type SamplerName } from "../../request.ts";
import type { StageCache, Unclip } from "../../types.ts";
import { openUnclip } from "../../unclip.ts";
import { digestOf, type Job, numberOf, work } from "./jobs.ts";

/** Where what is asked lies, and what was drawn. */
export const EVALUATION = "models/training/cache/evaluation";
/** What set.py wrote. */
export const ASKED = path.join(EVALUATION, "captions.json");

/** How z_i comes to be, and how the decoder draws it where that is not as the standard preset says. */
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

export type Work = {
  readonly conditions: readonly Condition[];
  /** Whether real renders are rebuilt, too. */
  readonly rebuilt: boolean;
  readonly threads?: number | undefined;
};

/** What is asked. */
export type Asked = {
  readonly varied: number;
  readonly rebuilt: number;
  readonly lists: Readonly<Record<string, readonly { readonly caption: string }[]>>;
  /** Scenes of two things. */
  readonly pairs: readonly { readonly caption: string }[];
};

export type Drawer = (caption: string, seed: number) => Promise<Uint8Array[]>;

/** Of the decoder's pictures, in pixels. */
export const SIZE = 64;
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
 * Draws into EVALUATION/<digest>/drawn and returns that folder. The digest is of what is asked and of all in the bundle that a
 * picture of 64 px depends on. Several processes may draw different conditions at once.
 */
export async function draw(
  bundle: string,
  { conditions, rebuilt, threads = availableParallelism() }: Work,
): Promise<string> {
  const [spec, wanted] = await Promise.all([
    readFile(path.join(bundle, "bundle.json"), "utf8"),
    readFile(ASKED, "utf8"),
  ]);
  const asked: Asked = JSON.parse(wanted);
  const folder = path.join(EVALUATION, digestOf(spec, wanted));
  const engine = await openUnclip(bundle, { threads });
  const stages = await Stages.open(bundle, { threads });
  try {
    const jobs = conditions.flatMap((one) => [
      ...drawings(asked, one, drawer(engine, stages, one)),
      ...(one.z === "text" ? [] : pairs(asked, one, drawer(engine, stages, one))),
      ...pairsTogether(asked, one, engine, stages),
    ]);
    const back = rebuilt ? rebuilds(asked, engine, path.join(EVALUATION, "real")) : [];
    await work(path.join(folder, "drawn"), [...back, ...jobs]);
  } finally {
    await Promise.all([engine.close(), stages.close()]);
  }
  return folder;
}

/** What one condition draws of one thing each, under its name. */
export function drawings({ lists, ...asked }: Asked, { name, varied }: Condition, draw: Drawer): Job[] {
  const captionsVaried = varied ? asked.varied : 0;
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

/** Two things each, as the engine draws them: apart. */
function pairs(asked: Asked, { name }: Condition, draw: Drawer, folder = "pairs"): Job[] {
  return asked.pairs.map(({ caption }, i) => {
    return { files: [`${name}/${folder}/${numberOf(i)}.png`], draw: () => draw(caption, i) };
  });
}

/** The same from one z_i, as in the paper. */
export function pairsTogether(asked: Asked, condition: Condition, engine: Unclip, stages: Stages): Job[] {
  return pairs(asked, condition, drawer(engine, stages, { ...condition, literal: true }), "together");
}

/** Real renders through variations at strength 0, which ought to give them back. */
function rebuilds({ lists, rebuilt }: Asked, engine: Unclip, real: string): Job[] {
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

/** keepOf: where the stages of one caption and seed leave their outputs, for conditions that share some of them. */
export function drawer(
  engine: Unclip,
  stages: Stages,
  { z, name: _, varied: __, ...given }: Condition,
  keepOf?: (caption: string, seed: number) => StageCache,
): Drawer {
  const options = {
    size: SIZE,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
  if (z !== "text") {
    return async (prompt, seed) => {
      const control = keepOf === undefined ? {} : { keep: keepOf(prompt, seed) };
      return [(await engine.generate({ prompt, prior: z, seed, ...options }, control)).pictures[0]!.png];
    };
  }
  // The engine offers no picture without a prior: it is an experiment (paper 5.1), made of the engine's own verbs.
  return async (prompt, seed) => {
    const request = parseGenerate({ prompt, seed, ...options });
    const call = new Call({}, new AbortController().signal);
    const drawing = await Pipeline.open(stages, call, request, false);
    const caption = await drawing.readCaption(prompt);
    const small = await drawing.decode([{ z: caption.embedding, x: drawing.initialNoise(seed), seed, caption }]);
    return [(await drawing.upsampleAndEncode(small, [seed], caption))[0]!.picture.png];
  };
}
