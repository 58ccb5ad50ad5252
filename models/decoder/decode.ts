// The decoder: denoises a small picture given z_i (paper 2.1), and inverts a picture into the noise x_T that it is drawn from
// (paper 3: the bipartite latent of z_i and x_T).
import type { Sampling } from "../bundle/presets.ts";
import { type Caption, textConditions } from "../clip/encode.ts";
import { type Conditions, conditioned, type Diffusion } from "../diffusion/conditioned.ts";
import { clamped } from "../diffusion/guidance.ts";
import { invertDdim } from "../diffusion/samplers/ddim-inversion.ts";
import { samplers, timestepsFor } from "../diffusion/samplers/index.ts";
import type { StageNetwork } from "../onnx/session-pool.ts";
import { assertFinite, type Run } from "../run.ts";
import { startNoise, stepNoise } from "../tensor/noise.ts";
import { clamp, linear, type Tensor } from "../tensor/tensor.ts";

export type Decoder = Diffusion & {
  readonly network: StageNetwork;
  readonly size: number;
  /** The unconditional half of guidance: the null embedding (1, D) and the caption "". */
  readonly unconditional: { readonly z: Tensor; readonly caption: Caption | undefined };
};

/**
 * Limit of x0 on an inverted path. Clamping to the range of pictures would lose what lies beyond it, and the path could not be
 * followed back. Without a limit a network that predicts noise could not be inverted: at its first timestep alpha is 5e-5, so
 * the smallest error in the noise would fill x0 (test/models/diffusion/ddim-inversion.test.ts).
 */
export const INVERSION_LIMIT = 2;

/** Decoders that read text (Karlo's) need a caption; "" where there is none. */
type Conditioning = { readonly z: Tensor; readonly caption: Caption | undefined };

type DecoderInputs = Conditioning &
  Sampling & {
    readonly x: Tensor; // x_T (1, 3, S, S)
    readonly guidance: number;
    /** DDIM's share of fresh noise, 0 to 1 (0: the deterministic path). */
    readonly eta?: number;
    /** Whether each x0 is clamped to [-1, 1], or only to INVERSION_LIMIT, so that an inverted path is followed exactly. */
    readonly clamp: boolean;
    readonly seed: number;
  };

/** Returns a picture (1, 3, S, S) in [-1, 1]. Throws CANCELED, NUMERIC_FAILURE. */
export async function decode(decoder: Decoder, inputs: DecoderInputs, { signal, onStep }: Run): Promise<Tensor> {
  const { x, sampler, steps, guidance, eta, seed } = inputs;
  const denoiser = conditioned(
    decoder,
    conditions(decoder, inputs),
    conditions(decoder, decoder.unconditional),
    guidance,
  );
  const picture = await samplers[sampler](
    clamped(denoiser, inputs.clamp ? decoder.clipSampleRange : INVERSION_LIMIT),
    x,
    {
      schedule: decoder.schedule,
      timesteps: timestepsFor(sampler, decoder.schedule, steps),
      noise: stepNoise("decoder", seed, x.shape),
      eta,
      onStep,
      signal,
    },
  );
  return clamp(assertFinite("decoder", picture), -1, 1);
}

/**
 * Noises a picture (1, 3, S, S) to `depth` of the schedule and denoises it from there, unguided (SDEdit, Meng et al. 2022). This
 * removes what no network would draw, such as seams.
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
  const redrawn = await samplers.ddim(clamped(denoiser, decoder.clipSampleRange), x, {
    schedule,
    timesteps: levels,
    noise,
    onStep,
    signal,
  });
  return clamp(assertFinite("decoder", redrawn), -1, 1);
}

/** Picture (1, 3, S, S) -> the x_T from which DDIM draws it in as many unguided steps; a guided path has no exact inverse. */
export async function invert(
  decoder: Decoder,
  { picture, steps, ...conditioning }: Conditioning & { readonly picture: Tensor; readonly steps: number },
  { signal, onStep }: Run,
): Promise<Tensor> {
  const denoiser = conditioned(decoder, conditions(decoder, conditioning), {}, 1);
  const x = await invertDdim(clamped(denoiser, INVERSION_LIMIT), picture, {
    schedule: decoder.schedule,
    timesteps: decoder.schedule.timesteps(steps),
    onStep,
    signal,
  });
  return assertFinite("inversion", x);
}

/** x_T (1, 3, S, S) of a new picture. */
export function decoderNoise({ size }: Decoder, seed: number): Tensor {
  return startNoise("decoder", seed, [1, 3, size, size]);
}

/** The inputs that the network declares beside x and t: text only when it reads text. */
function conditions({ network }: Decoder, { z, caption }: Conditioning): Conditions {
  const all: Conditions = { image_embedding: z, ...(caption === undefined ? {} : textConditions(caption)) };
  return Object.fromEntries(Object.entries(all).filter(([name]) => Object.hasOwn(network.spec.inputs, name)));
}
