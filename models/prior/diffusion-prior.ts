// The diffusion prior: noise becomes z_i, given the caption (paper 2.2). Works in whitened CLIP space, as Karlo's does.
import type { Sampling } from "../bundle-spec.ts";
import type { Caption } from "../clip/run.ts";
import { clamped } from "../diffusion/guidance.ts";
import { samplers, timestepsFor } from "../diffusion/samplers/index.ts";
import { type Conditions, conditioned, type Diffusion, inSpace, type Run, startNoise, stepNoise } from "../stage.ts";
import { Tensor } from "../tensor/tensor.ts";
import { bestDraw } from "./rerank.ts";

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
  readonly draws: number;
  readonly seed: number;
};

/** -> z_i (1, D) */
export async function diffusionPrior(prior: DiffusionPrior, inputs: DiffusionPriorInputs, run: Run): Promise<Tensor> {
  const { caption, empty, guidance, seed, sampler, steps } = inputs;
  const shape = [1, prior.mean.data.length];
  const denoiser = conditioned(prior, textOf(caption), textOf(empty), guidance);
  const options = { schedule: prior.schedule, timesteps: timestepsFor(sampler, prior.schedule, steps) };
  const draw = async (index: number, { signal, onStep }: Run): Promise<Tensor> => {
    const stream = `prior/draw/${index}`;
    const whitened = await samplers[sampler](
      prior.clamp === undefined ? denoiser : clamped(denoiser, prior.clamp),
      startNoise(stream, seed, shape),
      { ...options, noise: stepNoise(stream, seed, shape), onStep, signal },
    );
    const z = new Tensor(
      whitened.data.map((value, i) => value * prior.std.data[i]! + prior.mean.data[i]!),
      shape,
    );
    return inSpace("prior", z, prior.normalise);
  };
  return bestDraw(inputs.draws, caption, draw, run);
}

export function textOf({ embedding, states, mask }: Caption): Conditions {
  return { text_embedding: embedding, text_states: states, text_mask: mask };
}
