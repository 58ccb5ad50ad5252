// An upsampler: noise becomes a large picture, given the small one and nothing else, unguided (paper 2.1).
import type { Sampling } from "../bundle-spec.ts";
import { clamped } from "../diffusion/guidance.ts";
import { samplers, timestepsFor } from "../diffusion/samplers/index.ts";
import { conditioned, type Diffusion, finite, type Run, startNoise, stepNoise } from "../stage.ts";
import { resize } from "../tensor/resize.ts";
import { clamp, type Tensor } from "../tensor/tensor.ts";

export type Upsampler = Diffusion & { readonly to: number };

export type UpsamplerInputs = Sampling & {
  readonly picture: Tensor; // (1, 3, from, from) in [-1, 1]
  readonly seed: number;
};

/** -> picture (1, 3, to, to) in [-1, 1] */
export async function upsample(
  upsampler: Upsampler,
  inputs: UpsamplerInputs,
  { signal, onStep }: Run,
): Promise<Tensor> {
  const { picture, sampler, steps, seed } = inputs;
  const { to, schedule } = upsampler;
  const stage = `upsampler-${to}`;
  const shape = [1, 3, to, to];
  const low = clamp(resize(picture, to, to), -1, 1);
  const large = await samplers[sampler](
    clamped(conditioned(upsampler, { low }, {}, 1), 1),
    startNoise(stage, seed, shape),
    {
      schedule,
      timesteps: timestepsFor(sampler, schedule, steps),
      noise: stepNoise(stage, seed, shape),
      onStep,
      signal,
    },
  );
  return clamp(finite(stage, large), -1, 1);
}
