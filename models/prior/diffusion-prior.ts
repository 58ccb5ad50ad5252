// The diffusion prior: noise becomes z_i, given the caption (paper 2.2). Works in whitened CLIP space, as Karlo's does.
import type { Sampling } from "../bundle/spec.ts";
import type { Caption } from "../clip/encode.ts";
import { clamped } from "../diffusion/guidance.ts";
import { samplers, timestepsFor } from "../diffusion/samplers/index.ts";
import {
  type Conditions,
  conditioned,
  type Diffusion,
  projectToClipSpace,
  type Run,
  repeatRows,
  startNoise,
  stepNoise,
} from "../run.ts";
import { split, stack, Tensor } from "../tensor/tensor.ts";
import { bestOf } from "./rerank.ts";

export type DiffusionPrior = Diffusion & {
  readonly clamp?: number | undefined;
  readonly mean: Tensor; // (D)
  readonly std: Tensor; // (D)
  readonly normalise: boolean;
};

export type DiffusionPriorInputs = Sampling & {
  readonly caption: Caption;
  /** The caption "", which guidance leads away from. */
  readonly empty: Caption;
  readonly guidance: number;
  readonly priorSamples: number;
  readonly seed: number;
};

/** -> z_i (1, D), the best of the samples, which run as one batch. */
export async function diffusionPrior(
  prior: DiffusionPrior,
  { caption, empty, guidance, priorSamples: samples, seed, sampler, steps }: DiffusionPriorInputs,
  { signal, onStep }: Run,
): Promise<Tensor> {
  const shape = [1, prior.mean.data.length];
  const streams = Array.from({ length: samples }, (_, index) => `prior/draw/${index}`);
  const denoiser = conditioned(
    prior,
    repeatRows(textOf(caption), samples),
    repeatRows(textOf(empty), samples),
    guidance,
  );
  const noises = streams.map((stream) => stepNoise(stream, seed, shape));
  const whitened = await samplers[sampler](
    prior.clamp === undefined ? denoiser : clamped(denoiser, prior.clamp),
    stack(streams.map((stream) => startNoise(stream, seed, shape))),
    {
      schedule: prior.schedule,
      timesteps: timestepsFor(sampler, prior.schedule, steps),
      noise: (step) => stack(noises.map((noise) => noise(step))),
      onStep,
      signal,
    },
  );
  const coloured = split(whitened, samples).map(({ data }) => {
    const z = data.map((value, i) => value * prior.std.data[i]! + prior.mean.data[i]!);
    return projectToClipSpace("prior", new Tensor(z, shape), prior.normalise);
  });
  return bestOf(coloured, caption);
}

export function textOf({ embedding, states, mask }: Caption): Conditions {
  return { text_embedding: embedding, text_states: states, text_mask: mask };
}
