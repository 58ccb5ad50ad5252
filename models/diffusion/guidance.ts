/** Denoiser in, denoiser out: wrappers that stack, the innermost first, as `clamped(guided(...), 1)`. */
import { clamp, linear, split, stack, type Tensor } from "../tensor/tensor.ts";
import type { Denoiser } from "./denoiser.ts";

/** How the two halves of guidance run: as one batch, or one after the other, in half the memory. */
export type Halves = "together" | "apart";

/**
 * Classifier-free guidance (Ho & Salimans 2022): x0_u + scale (x0_c - x0_u). x0 is affine in the noise and in the velocity,
 * so this is guidance of either. Clamp after it, never before. `pair` gets [x; x] and answers [conditional; unconditional].
 */
export function guided(pair: Denoiser, scale: number): Denoiser {
  return async (x, t) => {
    const { x0, varianceFraction } = await pair(stack([x, x]), t);
    const [conditional, unconditional] = split(x0, 2) as [Tensor, Tensor];
    const [fraction] = varianceFraction ? split(varianceFraction, 2) : [];
    // A learned variance is the conditional half's, as in Karlo.
    return { x0: linear(scale, conditional, 1 - scale, unconditional), varianceFraction: fraction };
  };
}

/** Static thresholding: x0 within [-limit, limit], 1 for pictures, 5 for Karlo's whitened embeddings; undefined: no limit. */
export function clamped(denoiser: Denoiser, limit: number | undefined): Denoiser {
  if (limit === undefined) return denoiser;
  return async (x, t) => {
    const denoised = await denoiser(x, t);
    return { ...denoised, x0: clamp(denoised.x0, -limit, limit) };
  };
}
