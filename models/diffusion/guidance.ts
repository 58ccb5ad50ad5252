/** Denoiser in, denoiser out: wrappers that stack, the innermost first, as `clamped(guided(...), 1)`. */
import { clamp, linear, split, stack, Tensor } from "../tensor/tensor.ts";
import type { Denoised, Denoiser } from "./denoiser.ts";

/**
 * Classifier-free guidance (Ho & Salimans 2022): x0_u + scale (x0_c - x0_u). x0 is affine in the noise and in the velocity,
 * so this is guidance of either. Clamp after it, never before. Scale 1 is the conditional denoiser and asks nothing else.
 */
export function guided(conditional: Denoiser, unconditional: Denoiser, scale: number): Denoiser {
  if (scale === 1) return conditional;
  return async (x, t) => mixed(await conditional(x, t), await unconditional(x, t), scale);
}

/** The same in one pass of twice the batch: `pair` gets [x; x] and answers [conditional; unconditional]. */
export function guidedPair(pair: Denoiser, scale: number): Denoiser {
  return async (x, t) => {
    const { x0, varianceFraction } = await pair(stack([x, x]), t);
    const [conditional, unconditional] = split(x0, 2) as [Tensor, Tensor];
    const [fraction] = varianceFraction ? split(varianceFraction, 2) : [];
    return mixed({ x0: conditional, varianceFraction: fraction }, { x0: unconditional }, scale);
  };
}

/** A learned variance is the conditional half's, as in Karlo. */
function mixed(conditional: Denoised, unconditional: Denoised, scale: number): Denoised {
  return { ...conditional, x0: linear(scale, conditional.x0, 1 - scale, unconditional.x0) };
}

/** Static thresholding: x0 within [-limit, limit], 1 for pictures, 5 for Karlo's whitened embeddings. */
export function clamped(denoiser: Denoiser, limit: number): Denoiser {
  return async (x, t) => {
    const denoised = await denoiser(x, t);
    return { ...denoised, x0: clamp(denoised.x0, -limit, limit) };
  };
}

/**
 * Dynamic thresholding (Saharia et al. 2022, section 2.3): in each sample, clamp x0 to the given percentile (0..1) of its
 * magnitudes and, where that is above 1, divide by it. Keeps strong guidance from saturating pictures.
 */
export function thresholded(denoiser: Denoiser, percentile: number): Denoiser {
  return async (x, t) => {
    const denoised = await denoiser(x, t);
    const { data, shape } = denoised.x0;
    const size = data.length / (shape[0] ?? 1);
    const x0 = new Float32Array(data.length);
    for (let start = 0; start < data.length; start += size) {
      const sample = data.subarray(start, start + size);
      const ceiling = Math.max(quantile(sample.map(Math.abs), percentile), 1);
      x0.set(
        sample.map((value) => Math.min(Math.max(value, -ceiling), ceiling) / ceiling),
        start,
      );
    }
    return { ...denoised, x0: new Tensor(x0, shape) };
  };
}

/** Linear between the two nearest ranks, as NumPy and PyTorch. Sorts `values` in place. */
function quantile(values: Float32Array, q: number): number {
  values.sort();
  const rank = q * (values.length - 1);
  const [low, high] = [values[Math.floor(rank)]!, values[Math.ceil(rank)]!];
  return low + (high - low) * (rank % 1);
}
