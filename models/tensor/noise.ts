// The noise of a stage, by name: it depends on the seed and the stage alone, not on batch size, order or other stages.
import { Random } from "./random.ts";
import type { Tensor } from "./tensor.ts";

/** Standard normal noise that a stage starts from. */
export function startNoise(stage: string, seed: number, shape: readonly number[]): Tensor {
  return new Random(seed, `${stage}/initial`).normal(shape);
}

/** Standard normal noise that a sampler adds at step 1, 2, ... */
export function stepNoise(stage: string, seed: number, shape: readonly number[]): (step: number) => Tensor {
  return (step) => new Random(seed, `${stage}/step/${step}`).normal(shape);
}
