// The diffusion prior: denoises z_i given the caption (paper 2.2), in whitened CLIP space as Karlo's prior does.
import type { Sampling } from "../bundle/presets.ts";
import { type Caption, textConditions } from "../clip/encode.ts";
import type { Whitening } from "../clip/whitening.ts";
import { conditioned, type Diffusion, repeatRows } from "../diffusion/conditioned.ts";
import { clamped } from "../diffusion/guidance.ts";
import { samplers, timestepsFor } from "../diffusion/samplers/index.ts";
import { projectToClipSpace, type Run } from "../run.ts";
import { startNoise, stepNoise } from "../tensor/noise.ts";
import { split, stack, Tensor } from "../tensor/tensor.ts";
import { bestOf } from "./rerank.ts";

export type DiffusionPrior = Diffusion & Whitening & { readonly normalise: boolean };

type DiffusionPriorInputs = Sampling & {
  readonly caption: Caption;
  /** The caption "": the unconditional half of guidance. */
  readonly empty: Caption;
  readonly guidance: number;
  readonly priorSamples: number;
  readonly seed: number;
};

/** Returns z_i (1, D): the best of the samples, which run as one batch. Throws CANCELED, NUMERIC_FAILURE. */
export async function diffusionPrior(
  prior: DiffusionPrior,
  { caption, empty, guidance, priorSamples: samples, seed, sampler, steps }: DiffusionPriorInputs,
  { signal, onStep }: Run,
): Promise<Tensor> {
  const shape = [1, prior.mean.data.length];
  const streams = Array.from({ length: samples }, (_, index) => `prior/draw/${index}`);
  const rows = (text: Caption) => repeatRows(textConditions(text), samples);
  const denoiser = conditioned(prior, rows(caption), rows(empty), guidance);
  const noises = streams.map((stream) => stepNoise(stream, seed, shape));
  const whitened = await samplers[sampler](
    clamped(denoiser, prior.clipSampleRange),
    stack(streams.map((stream) => startNoise(stream, seed, shape))),
    {
      schedule: prior.schedule,
      timesteps: timestepsFor(sampler, prior.schedule, steps),
      noise: (step) => stack(noises.map((noise) => noise(step))),
      onStep,
      signal,
    },
  );
  const unwhitened = split(whitened, samples).map(({ data }) => {
    const z = data.map((value, i) => value * prior.std.data[i]! + prior.mean.data[i]!);
    return projectToClipSpace("prior", new Tensor(z, shape), prior.normalise);
  });
  return bestOf(unwhitened, caption);
}
