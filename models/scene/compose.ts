// Two things in one picture. One z_i holds two things badly: the judge finds both in 6 of 100 drawings, and in 28 even where z_i
// is CLIP's of a real render. So each is drawn by itself, from a z_i of its own; the two are put together, CLIP looks at the
// whole, and the decoder goes over it once more.

import type { Place } from "../bundle/scenes.ts";
import type { Sampling } from "../bundle/spec.ts";
import { type Caption, encodeImage, type ImageEncoder } from "../clip/encode.ts";
import { type Decoder, decode, decoderNoise, redraw } from "../decoder/decode.ts";
import { mapProgress, type Run } from "../run.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { REDRAW } from "../work.ts";
import { layOut } from "./layout.ts";

export type Thing = { readonly z: Tensor; readonly caption: Caption };

export type SceneInputs = Sampling & {
  readonly things: readonly Thing[];
  /** Where the first thing stands. */
  readonly first: Place;
  readonly whole: Caption;
  readonly guidance: number;
  readonly seed: number;
};

/** -> picture (1, 3, S, S) in [-1, 1] */
export async function composeSideBySide(
  decoder: Decoder,
  image: ImageEncoder,
  { things, first, whole, seed, ...sampling }: SceneInputs,
  run: Run,
): Promise<Tensor> {
  const steps = things.length * sampling.steps + REDRAW.steps;
  const apart: Tensor[] = [];
  for (const [i, thing] of things.entries()) {
    const own = seedOf(seed, i);
    const inputs = { ...sampling, ...thing, x: decoderNoise(decoder, own), seed: own, clamp: true };
    const part = mapProgress(run, ({ step, x0 }) => {
      return { step: i * sampling.steps + step, steps, ...(x0 && { x0: layOut([...apart, x0], first) }) };
    });
    apart.push(await decode(decoder, inputs, part));
  }
  const picture = layOut(apart, first);
  const inputs = { picture, z: await encodeImage(image, picture), caption: whole, seed, ...REDRAW };
  const last = mapProgress(run, (info) => ({ ...info, step: things.length * sampling.steps + info.step, steps }));
  return redraw(decoder, inputs, last);
}

/** Of the things of one picture: far from each other, and from those of the next seeds. */
export function seedOf(seed: number, thing: number): number {
  return (seed + thing * 2 ** 31) % 2 ** 32;
}
