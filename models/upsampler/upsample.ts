// An upsampler: denoises a large picture given only the small one, without guidance (paper 2.1).
import type { Sampling } from "../bundle/presets.ts";
import { conditioned, type Diffusion } from "../diffusion/conditioned.ts";
import type { Denoiser, PredictionNetwork } from "../diffusion/denoiser.ts";
import { clamped } from "../diffusion/guidance.ts";
import { samplers, timestepsFor } from "../diffusion/samplers/index.ts";
import { assertFinite, type Run } from "../run.ts";
import { startNoise, stepNoise } from "../tensor/noise.ts";
import { resize } from "../tensor/resize.ts";
import { clamp, type Tensor } from "../tensor/tensor.ts";
import { upsamplerStage } from "../types.ts";

export type Upsampler = Diffusion & {
  readonly to: number;
  readonly last: PredictionNetwork | undefined;
  readonly overshoot: boolean;
};

type UpsamplerInputs = Sampling & {
  readonly picture: Tensor; // (1, 3, from, from) in [-1, 1]
  readonly seed: number;
};

/** Returns a picture (1, 3, to, to) in [-1, 1]. Throws CANCELED, NUMERIC_FAILURE. */
export async function upsample(
  upsampler: Upsampler,
  inputs: UpsamplerInputs,
  { signal, onStep }: Run,
): Promise<Tensor> {
  const { picture, sampler, steps, seed } = inputs;
  const { to, schedule } = upsampler;
  const stage = upsamplerStage(to);
  const shape = [1, 3, to, to];
  const enlarged = resize(picture, to, to);
  const low = upsampler.overshoot ? enlarged : clamp(enlarged, -1, 1);
  const timesteps = timestepsFor(sampler, schedule, steps);
  const denoiserOf = (network: PredictionNetwork) => conditioned({ ...upsampler, network }, { low }, {}, 1);
  const [main, last] = [denoiserOf(upsampler.network), denoiserOf(upsampler.last ?? upsampler.network)];
  const denoiser: Denoiser = (x, t) => (t === timesteps.at(-1) ? last(x, t) : main(x, t));
  const large = await samplers[sampler](clamped(denoiser, upsampler.clipSampleRange), startNoise(stage, seed, shape), {
    schedule,
    timesteps,
    noise: stepNoise(stage, seed, shape),
    onStep,
    signal,
  });
  return clamp(assertFinite(stage, large), -1, 1);
}
