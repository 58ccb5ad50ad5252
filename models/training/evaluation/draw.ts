// Draws everything the judge looks at, one PNG a file at 64 px, and goes on where an interrupted run stopped.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import path from "node:path";
import { Call } from "../../call.ts";
import { Drawing } from "../../drawing.ts";
import { type PriorName, parseGenerate, type SamplerName } from "../../request.ts";
import type { Unclip } from "../../result.ts";
import { Stages } from "../../stages.ts";
import { openUnclip } from "../../unclip.ts";

/** How z_i comes to be, and how the decoder draws it where that is not as the standard preset says. */
export type Condition = {
  readonly name: string;
  /** Also draws several pictures of some captions, for diversity. */
  readonly varied: boolean;
  readonly z: "text" | PriorName;
  readonly sampler?: SamplerName | undefined;
  readonly steps?: number | undefined;
};

export type Work = {
  readonly conditions: readonly Condition[];
  /** Whether real renders are rebuilt, too. */
  readonly rebuilt: boolean;
  readonly threads?: number | undefined;
};

/** What set.py wrote. */
type Asked = {
  readonly varied: number;
  readonly rebuilt: number;
  readonly lists: Readonly<Record<string, readonly { readonly caption: string }[]>>;
  /** Scenes of two things. */
  readonly pairs: readonly { readonly caption: string }[];
};

type Drawer = (caption: string, seed: number) => Promise<Uint8Array>;
type Job = { readonly file: string; readonly draw: () => Promise<Uint8Array> };

const SIZE = 64;
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
 * Draws into cache/<digest>/drawn and returns that folder. The digest is of what is asked and of all in the bundle that a
 * picture of 64 px depends on. Several processes may draw different conditions at once.
 */
export async function draw(
  bundle: string,
  cache: string,
  { conditions, rebuilt, threads = availableParallelism() }: Work,
): Promise<string> {
  const [spec, wanted] = await Promise.all([
    readFile(path.join(bundle, "bundle.json"), "utf8"),
    readFile(path.join(cache, "captions.json"), "utf8"),
  ]);
  const asked: Asked = JSON.parse(wanted);
  const folder = path.join(cache, createHash("sha256").update(small(spec)).update(wanted).digest("hex").slice(0, 12));
  const engine = await openUnclip(bundle, { threads });
  const stages = await Stages.open(bundle, { threads });
  try {
    const jobs = conditions.flatMap((condition) => drawings(asked, condition, drawer(engine, stages, condition)));
    const back = rebuilt ? rebuilds(asked, engine, path.join(cache, "real")) : [];
    await work(path.join(folder, "drawn"), [...back, ...jobs]);
  } finally {
    await Promise.all([engine.close(), stages.close()]);
  }
  return folder;
}

/** bundle.json without the upsamplers and the training record. */
function small(spec: string): string {
  return JSON.stringify(JSON.parse(spec), (key, value) =>
    key === "training" || key.startsWith("upsampler") ? undefined : value,
  );
}

function drawings({ lists, ...asked }: Asked, { name, varied }: Condition, draw: Drawer): Job[] {
  const pairs = asked.pairs.map(({ caption }, i) => {
    return { file: `${name}/pairs/${String(i).padStart(3, "0")}.png`, draw: () => draw(caption, i) };
  });
  const captionsVaried = varied ? asked.varied : 0;
  const singles = Object.entries(lists).flatMap(([list, rows]) =>
    rows.flatMap(({ caption }, i) => {
      const number = String(i).padStart(3, "0");
      const first = { file: `${name}/${list}/${number}.png`, draw: () => draw(caption, i) };
      const others = Array.from({ length: i < captionsVaried ? SEEDS - 1 : 0 }, (_, k) => ({
        file: `${name}/varied/${list}-${number}/${k + 1}.png`,
        draw: () => draw(caption, MORE_SEEDS + i * SEEDS + k + 1),
      }));
      return [first, ...others];
    }),
  );
  return [...singles, ...pairs];
}

/** Real renders through variations at strength 0, which ought to give them back. */
function rebuilds({ lists, rebuilt }: Asked, engine: Unclip, real: string): Job[] {
  return Object.keys(lists).flatMap((list) =>
    Array.from({ length: rebuilt }, (_, i) => {
      const file = `${list}/${String(i).padStart(3, "0")}.png`;
      const draw = async () => {
        const image = new Uint8Array(await readFile(path.join(real, file)));
        return (await engine.variations({ image, strength: 0, size: SIZE, seed: i })).pictures[0]!.png;
      };
      return { file: `rebuilt/${file}`, draw };
    }),
  );
}

function drawer(engine: Unclip, stages: Stages, { z, sampler, steps }: Condition): Drawer {
  const options = { size: SIZE, ...(sampler && { sampler }), ...(steps !== undefined && { steps }) } as const;
  if (z !== "text") {
    return async (prompt, seed) => (await engine.generate({ prompt, prior: z, seed, ...options })).pictures[0]!.png;
  }
  // The engine offers no picture without a prior: it is an experiment (paper 5.1), made of the engine's own verbs.
  return async (prompt, seed) => {
    const request = parseGenerate({ prompt, seed, ...options });
    const call = new Call({}, new AbortController().signal);
    const drawing = await Drawing.open(stages, call, request, false);
    const caption = await drawing.caption(prompt);
    const small = await drawing.decode([{ z: caption.embedding, x: drawing.noise(seed), seed, caption }]);
    return (await drawing.finish(small, [seed], caption))[0]!.picture.png;
  };
}

async function work(folder: string, jobs: readonly Job[]): Promise<void> {
  const open = jobs.filter(({ file }) => !existsSync(path.join(folder, file)));
  console.log(`${folder}: ${jobs.length - open.length} of ${jobs.length} pictures are there`);
  const start = performance.now();
  for (const [done, { file, draw }] of open.entries()) {
    const target = path.join(folder, file);
    await mkdir(path.dirname(target), { recursive: true });
    // Under its own name only when whole, so that a killed run leaves no half picture behind.
    await writeFile(`${target}.tmp`, await draw());
    await rename(`${target}.tmp`, target);
    if ((done + 1) % 50 === 0 || done + 1 === open.length) {
      const seconds = (performance.now() - start) / 1000;
      const left = Math.round((seconds / (done + 1)) * (open.length - done - 1));
      console.log(`${done + 1} of ${open.length} drawn in ${Math.round(seconds)} s, about ${left} s left`);
    }
  }
}
