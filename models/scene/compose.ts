// Two things in one picture. One z_i represents two things badly: the judge finds both in 6 of 100 pictures, and in 28 even when
// z_i is CLIP's embedding of a real render. So each thing is drawn from its own z_i, and the two are composed.

import type { Sampling } from "../bundle/presets.ts";
import type { Place } from "../bundle/scenes.ts";
import type { Caption } from "../clip/encode.ts";
import { type Decoder, decode, decoderNoise } from "../decoder/decode.ts";
import { mapProgress, type Run } from "../run.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { layOut } from "./layout.ts";

type Thing = { readonly z: Tensor; readonly caption: Caption };

type SceneInputs = Sampling & {
  readonly things: readonly Thing[];
  /** Position of the first thing. */
  readonly first: Place;
  readonly guidance: number;
  readonly noiseLevel: number;
  readonly seed: number;
};

/** Returns x0, which the codec decodes to a picture. Throws CANCELED, NUMERIC_FAILURE. */
export async function composeSideBySide(
  decoder: Decoder,
  { things, first, seed, ...sampling }: SceneInputs,
  run: Run,
): Promise<Tensor> {
  const steps = things.length * sampling.steps;
  const drawn: Tensor[] = [];
  for (const [i, thing] of things.entries()) {
    const own = seedOf(seed, i);
    const inputs = { ...sampling, ...thing, x: decoderNoise(decoder, own), seed: own, clamp: true };
    const part = mapProgress(run, ({ step, x0 }) => {
      return { step: i * sampling.steps + step, steps, ...(x0 && { x0: layOut([...drawn, x0], first) }) };
    });
    drawn.push(await decode(decoder, inputs, part));
  }
  const pictures: Tensor[] = [];
  for (const x0 of drawn) pictures.push(await decoder.codec.decode(x0));
  return decoder.codec.encode(layOut(pictures, first));
}

/** The seed of a thing: far from the seeds of the other things and of the next pictures. */
export function seedOf(seed: number, thing: number): number {
  return (seed + thing * 2 ** 31) % 2 ** 32;
}
