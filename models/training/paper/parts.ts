// The parts of docs/reports/paper.md as pictures to draw: each part's drawings lie in a folder of its number.
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Stages } from "../../pipeline/stages.ts";
import type { Result, StageCache, Unclip } from "../../types.ts";
import { CONDITIONS, type Condition, drawer, drawings, EVALUATION, pairsTogether, SIZE } from "../evaluation/draw.ts";
import type { Job } from "../evaluation/jobs.ts";
import { CACHE, type Prompts, SEEDS, type Swept } from "./prompts.ts";

/** A bundle, opened both as the engine and as its stages, for what the engine does not offer. */
export type Opened = { readonly engine: Unclip; readonly stages: Stages };

/** Of the decoder, in unCLIP and in the text decoder, and of the prior. */
const GUIDANCE = [1, 2, 4] as const;
/** The text decoder chooses what the caption leaves open, as unCLIP's prior does, so it is given as many steps as that one. */
const TEXT_STEPS = 12;
/** Of the 256 components, and all of them. */
const DIMENSIONS = [5, 10, 20, 40, 80, 160, 256];
const ROW = { size: 256, seed: 1 } as const;
const BETWEEN_FRAMES = 7;
/** Text diffs turn up to the paper's largest angle. */
const AMOUNT = 0.5;
const DIFFERENCE_FRAMES = 6;
const BINDING_SEEDS = 2;
const WORD_SEEDS = 4;

/** Of parts 1 and 7, in the folder of the evaluation, which draws the same. */
export function evaluated({ captions }: Prompts, { engine, stages }: Opened, part: "1" | "7"): Job[] {
  if (part === "1") {
    return CONDITIONS.flatMap((one) => drawings(captions, { ...one, varied: false }, drawer(engine, stages, one)));
  }
  return pairsTogether(captions, CONDITIONS.find(({ name }) => name === "diffusion")!, engine, stages);
}

/** Both systems at every guidance of the decoder, under "unclip" and under the name of the one it is compared with. */
export function compared(prompts: Prompts, unclip: Opened, text: Opened, name: string): Job[] {
  return [
    ...decoderSwept(prompts, unclip),
    ...GUIDANCE.flatMap((guidance) =>
      swept(prompts, `3/${name}-${guidance}`, text, { z: "text", guidance, steps: TEXT_STEPS }),
    ),
  ];
}

/** The decoder's guidance over one z_i, which part 3 draws too; the prior's, over one noise. */
export function guided(prompts: Prompts, unclip: Opened): Job[] {
  return [
    ...decoderSwept(prompts, unclip),
    ...GUIDANCE.flatMap((priorGuidance) =>
      swept(prompts, `4/prior-${priorGuidance}`, unclip, { z: "diffusion", priorGuidance }),
    ),
  ];
}

/** One z_i of each caption and seed, drawn at every guidance of the decoder: the prior runs once for all of them. */
function decoderSwept(prompts: Prompts, unclip: Opened): Job[] {
  const priors = new Map<string, Uint8Array>();
  const cacheOf = (caption: string, seed: number): StageCache => ({
    load: async (name) => priors.get(`${caption}/${seed}/${name}`),
    save: async (name, bytes) => {
      if (name.startsWith("prior/")) priors.set(`${caption}/${seed}/${name}`, bytes);
    },
  });
  return GUIDANCE.flatMap((guidance) =>
    swept(prompts, `3/unclip-${guidance}`, unclip, { z: "diffusion", guidance }, cacheOf),
  );
}

function swept(
  prompts: Prompts,
  folder: string,
  { engine, stages }: Opened,
  how: Omit<Condition, "name" | "varied">,
  cacheOf?: (caption: string, seed: number) => StageCache,
): Job[] {
  const draw = drawer(engine, stages, { name: folder, varied: false, literal: true, ...how }, cacheOf);
  return prompts.swept.flatMap(({ id, caption, seed }) =>
    Array.from({ length: SEEDS }, (_, k): Job => {
      return { files: [`${folder}/${id}/${k}.png`], draw: () => draw(caption, seed + k) };
    }),
  );
}

/** Rows as in the paper's figure 7, and every sweep's render at every number of dimensions, for the curve. */
export function reconstructed({ scenes, swept: renders }: Prompts, { engine }: Opened): Job[] {
  const names = DIMENSIONS.map(String);
  const rows = scenes.between.map((ends, row) =>
    several(`5/rows/${row}`, names, async () => {
      return engine.reconstruct({ image: await render(ends[0]!), dimensions: DIMENSIONS, ...ROW });
    }),
  );
  const curve = renders.map((one) =>
    several(`5/curve/${one.id}`, names, async () => {
      return engine.reconstruct({ image: await real(one), dimensions: DIMENSIONS, size: SIZE, seed: one.seed });
    }),
  );
  return [...rows, ...curve];
}

/** Rows as in the paper's figures 4 and 5, and every sweep's render turned to the next background, to count. */
export function turned({ scenes, swept: renders, grounds }: Prompts, { engine }: Opened): Job[] {
  const between = scenes.between.map((ends, row) =>
    several(`6/between/${row}`, numbers(BETWEEN_FRAMES), async () => {
      const images = await Promise.all(ends.map(async (end) => ({ image: await render(end) })));
      return engine.interpolate({ between: images, frames: BETWEEN_FRAMES, ...ROW });
    }),
  );
  const differences = scenes.differences.map(({ image, from, to }, row) =>
    several(`6/differences/${row}`, numbers(DIFFERENCE_FRAMES), async () => {
      const given = { from, to, amount: AMOUNT, frames: DIFFERENCE_FRAMES };
      return engine.manipulate({ image: await render(image), ...given, ...ROW });
    }),
  );
  const counted = renders.map((one) =>
    several(`6/grounds/${one.id}`, numbers(3), async () => {
      const next = grounds[(grounds.indexOf(one.background) + 1) % grounds.length]!;
      const words = { from: `a ${one.background} background`, to: `a ${next} background` };
      return engine.manipulate({
        image: await real(one),
        ...words,
        amount: AMOUNT,
        frames: 3,
        size: SIZE,
        seed: one.seed,
      });
    }),
  );
  return [...between, ...differences, ...counted];
}

/** One shape in two colours; things that carry letters; captions that ask for words: all from one z_i, as in the paper. */
export function failures({ scenes }: Prompts, { engine }: Opened): Job[] {
  const drawn = (folder: string, prompt: string, count: number, size: 64 | 256) =>
    several(folder, numbers(count), () => engine.generate({ prompt, count, seed: 1, size, literal: true }));
  return [
    ...scenes.bindings.map(({ caption }, i) => drawn(`7/bindings/${i}`, caption, BINDING_SEEDS, SIZE)),
    ...scenes.lettered.map(({ caption }, i) => drawn(`7/lettered/${i}`, caption, WORD_SEEDS, ROW.size)),
    ...scenes.words.map((caption, i) => drawn(`7/words/${i}`, caption, WORD_SEEDS, ROW.size)),
  ];
}

function several(folder: string, names: readonly string[], draw: () => Promise<Result>): Job {
  return {
    files: names.map((name) => `${folder}/${name}.png`),
    draw: async () => (await draw()).pictures.map(({ png }) => png),
  };
}

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(i));
}

async function render(file: string): Promise<Uint8Array> {
  return new Uint8Array(await readFile(path.join(CACHE, file)));
}

async function real({ real: file }: Swept): Promise<Uint8Array> {
  return new Uint8Array(await readFile(path.join(EVALUATION, "real", file)));
}
