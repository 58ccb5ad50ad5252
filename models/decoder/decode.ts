// The decoder: noise becomes a small picture, given z_i (paper 2.1); and back, a picture becomes the noise it would be
// drawn from (paper 3: the bipartite latent of z_i and x_T).
import type { Sampling } from "../bundle/spec.ts";
import type { Caption } from "../clip/encode.ts";
import { clamped } from "../diffusion/guidance.ts";
import { invertDdim } from "../diffusion/samplers/ddim-inversion.ts";
import { samplers, timestepsFor } from "../diffusion/samplers/index.ts";
import { timesteps } from "../diffusion/schedule.ts";
import { textOf } from "../prior/diffusion-prior.ts";
import { assertFinite, type Conditions, conditioned, type Diffusion, type Run, startNoise, stepNoise } from "../run.ts";
import { clamp, linear, type Tensor } from "../tensor/tensor.ts";

export type Decoder = Diffusion & {
  readonly size: number;
  /** Stands for "no picture embedding" (1, D) and "no caption": what guidance leads away from. */
  readonly nothing: { readonly z: Tensor; readonly caption: Caption | undefined };
};

/**
 * An inverted path holds each x0 this far and no closer: within the range of pictures it would lose what lies beyond, so that
 * there were no way back. Not held at all, a network that predicts noise could not be inverted: at its first timestep, where
 * alpha is 5e-5, the least error in the noise would be all of x0 (test/models/diffusion/ddim-inversion.test.ts).
 */
export const LOOSE = 2;

/** caption is needed by decoders that read text (Karlo's); "" where there is none. */
export type Conditioning = { readonly z: Tensor; readonly caption: Caption | undefined };

export type DecoderInputs = Conditioning &
  Sampling & {
    readonly x: Tensor; // x_T (1, 3, S, S)
    readonly guidance: number;
    /** Of DDIM's fresh noise; 0 for the deterministic path. */
    readonly eta?: number;
    /** Whether each x0 is held within the range of pictures. Off (LOOSE) where an inverted path must be followed exactly. */
    readonly clamp: boolean;
    readonly seed: number;
  };

/** -> picture (1, 3, S, S) in [-1, 1] */
export async function decode(decoder: Decoder, inputs: DecoderInputs, { signal, onStep }: Run): Promise<Tensor> {
  const { x, sampler, steps, guidance, eta, seed } = inputs;
  const denoiser = conditioned(decoder, conditions(decoder, inputs), conditions(decoder, decoder.nothing), guidance);
  const picture = await samplers[sampler](clamped(denoiser, inputs.clamp ? 1 : LOOSE), x, {
    schedule: decoder.schedule,
    timesteps: timestepsFor(sampler, decoder.schedule, steps),
    noise: stepNoise("decoder", seed, x.shape),
    eta,
    onStep,
    signal,
  });
  return clamp(assertFinite("decoder", picture), -1, 1);
}

/**
 * picture (1, 3, S, S) -> the same without what no network would draw, such as seams: noised to `depth` of the schedule and
 * drawn from there again, unguided (SDEdit, Meng et al. 2022).
 */
export async function redraw(
  decoder: Decoder,
  inputs: Conditioning & {
    readonly picture: Tensor;
    readonly depth: number; // 0 to 1
    readonly steps: number;
    readonly seed: number;
  },
  { signal, onStep }: Run,
): Promise<Tensor> {
  const { picture, depth, steps, seed } = inputs;
  const { schedule } = decoder;
  const levels = Array.from({ length: steps }, (_, i) => Math.round((depth * schedule.steps * (steps - i)) / steps));
  const noise = stepNoise("decoder/redraw", seed, picture.shape);
  const x = linear(schedule.alpha(levels[0]!), picture, schedule.sigma(levels[0]!), noise(0));
  const denoiser = conditioned(decoder, conditions(decoder, inputs), {}, 1);
  const redrawn = await samplers.ddim(clamped(denoiser, 1), x, { schedule, timesteps: levels, noise, onStep, signal });
  return clamp(assertFinite("decoder", redrawn), -1, 1);
}

/** picture (1, 3, S, S) -> the x_T that DDIM draws it from in as many steps, unguided: a guided path has no exact way back. */
export async function invert(
  decoder: Decoder,
  { picture, steps, ...given }: Conditioning & { readonly picture: Tensor; readonly steps: number },
  { signal, onStep }: Run,
): Promise<Tensor> {
  const denoiser = conditioned(decoder, conditions(decoder, given), {}, 1);
  const x = await invertDdim(clamped(denoiser, LOOSE), picture, {
    schedule: decoder.schedule,
    timesteps: timesteps(decoder.schedule.steps, steps),
    onStep,
    signal,
  });
  return assertFinite("inversion", x);
}

/** x_T (1, 3, S, S) of a picture that is drawn from nothing. */
export function decoderNoise({ size }: Decoder, seed: number): Tensor {
  return startNoise("decoder", seed, [1, 3, size, size]);
}

/** What the network declares beside x and t; text only where it reads text. */
function conditions({ network }: Decoder, { z, caption }: Conditioning): Conditions {
  const all: Conditions = { image_embedding: z, ...(caption === undefined ? {} : textOf(caption)) };
  return Object.fromEntries(Object.entries(all).filter(([name]) => Object.hasOwn(network.spec.inputs, name)));
}
