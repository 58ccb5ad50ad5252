// The decoder: denoises a picture, or the latent of one, given z_i (paper 2.1), and inverts it into the noise x_T that it is drawn
// from (paper 3: the bipartite latent of z_i and x_T).
import type { Sampling } from "../bundle/presets.ts";
import { conditioned, type Diffusion } from "../diffusion/conditioned.ts";
import { clamped } from "../diffusion/guidance.ts";
import { invertDdim } from "../diffusion/samplers/ddim-inversion.ts";
import { samplers, timestepsFor } from "../diffusion/samplers/index.ts";
import type { Codec } from "../latent/codec.ts";
import type { StageNetwork } from "../onnx/session-pool.ts";
import { assertFinite, type Run } from "../run.ts";
import { startNoise, stepNoise } from "../tensor/noise.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Conditioning, conditionsOf, type Unconditional, unconditionalOf } from "./conditions.ts";
import type { NoiseAugmentation } from "./noise-augmentation.ts";

export type Decoder = Diffusion & {
  readonly network: StageNetwork;
  readonly codec: Codec;
  /** Of x and x0: (1, C, S / factor, S / factor). */
  readonly shape: readonly number[];
  readonly unconditional: Unconditional;
  readonly noiseAugmentation: NoiseAugmentation | undefined;
};

/**
 * Limit of x0 on an inverted path, in multiples of its usual range. Clamping to the range of pictures would lose what lies beyond
 * it, and the path could not be followed back. Without a limit a network that predicts noise could not be inverted: at its first
 * timestep alpha is 5e-5, so the smallest error in the noise would fill x0 (test/models/diffusion/ddim-inversion.test.ts).
 */
export const INVERSION_LIMIT = 2;

type DecoderInputs = Conditioning &
  Sampling & {
    readonly x: Tensor; // x_T, of the decoder's shape
    readonly guidance: number;
    /** DDIM's share of fresh noise, 0 to 1 (0: the deterministic path). */
    readonly eta?: number;
    /** Whether x0 is clamped as the bundle says, or only to INVERSION_LIMIT, so that an inverted path is followed exactly. */
    readonly clamp: boolean;
    readonly seed: number;
  };

/** Returns x0, which the codec decodes to a picture. Throws CANCELED, NUMERIC_FAILURE. */
export async function decode(decoder: Decoder, inputs: DecoderInputs, { signal, onStep }: Run): Promise<Tensor> {
  const { x, sampler, steps, guidance, eta, seed } = inputs;
  const denoiser = conditioned(decoder, conditionsOf(decoder, inputs), unconditionalOf(decoder), guidance);
  const x0 = await samplers[sampler](
    clamped(denoiser, inputs.clamp ? decoder.clipSampleRange : inversionLimit(decoder)),
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
  return assertFinite("decoder", x0);
}

/** x0 -> the x_T from which DDIM draws it in as many unguided steps; a guided path has no exact inverse. */
export async function invert(
  decoder: Decoder,
  { x0, steps, ...conditioning }: Conditioning & { readonly x0: Tensor; readonly steps: number },
  { signal, onStep }: Run,
): Promise<Tensor> {
  const denoiser = conditioned(decoder, conditionsOf(decoder, conditioning), {}, 1);
  const x = await invertDdim(clamped(denoiser, inversionLimit(decoder)), x0, {
    schedule: decoder.schedule,
    timesteps: decoder.schedule.timesteps(steps),
    onStep,
    signal,
  });
  return assertFinite("inversion", x);
}

/** x_T of a new picture. */
export function decoderNoise({ shape }: Decoder, seed: number): Tensor {
  return startNoise("decoder", seed, shape);
}

function inversionLimit({ codec }: Decoder): number {
  return INVERSION_LIMIT * codec.range;
}
