// Noise on z_i, with its level as a condition of the decoder (Ho et al. 2022, section 4.3; Stable unCLIP): the decoder learns to
// draw from embeddings that are not exact, and the level says how exact.
import { noiseWhitened, type Whitening } from "../clip/whitening.ts";
import type { Schedule } from "../diffusion/schedule.ts";
import { startNoise } from "../tensor/noise.ts";
import type { Tensor } from "../tensor/tensor.ts";

export type NoiseAugmentation = Whitening & { readonly schedule: Schedule };

/** The level of embeddings as they are; it has the schedule's least noise. */
export const LEAST_NOISE = 0;

/** z_i (1, D) with the noise of a level, added in whitened space. Without a seed its mean, alpha times the whitened z_i. */
export function addNoise(
  { schedule, ...whitening }: NoiseAugmentation,
  z: Tensor,
  { level, seed }: { readonly level: number; readonly seed: number | undefined },
): Tensor {
  const noise = seed === undefined ? undefined : startNoise("decoder/embedding", seed, z.shape);
  return noiseWhitened(whitening, z, { alpha: schedule.alpha(level), sigma: schedule.sigma(level), noise });
}
