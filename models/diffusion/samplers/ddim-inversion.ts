/**
 * DDIM backwards (Dhariwal & Nichol 2021, appendix F): the noise x_T from which DDIM at eta 0 draws the given picture again.
 *
 * In angles (Salimans & Ho 2022, appendix D) DDIM turns by d, downwards x_s = cos(d) x_t - sin(d) v(x_t, t). The plain inverse
 * turns upwards with the velocity found below, v(x_s, s), and so misses a little at each step. With `corrections` each step
 * solves DDIM's own equation, x_t = x_s / cos(d) + tan(d) v(x_t, t), by fixed-point iteration (as AIDI, Pan et al. 2023, and
 * ReNoise, Garibi et al. 2024, do with epsilon; with v it contracts faster, at every noise level). The last velocity of one
 * step starts the next, so one correction costs one pass a step, like the plain inverse.
 *
 * Round trip of 25 steps on toy mixtures, cosine schedule, rms of pictures in [-1, 1]: plain 0.044-0.061, 1 correction
 * 0.002-0.019, 3 corrections under 0.012 (0.0001 where modes are wide). Take an odd number: between two modes iterates
 * alternate, and the even ones may land on the wrong side (0.2). A picture far outside of what the network can draw (at
 * three times a mode's width) does not come back with any number.
 */
import { linear, type Tensor, zeros } from "../../tensor/tensor.ts";
import type { Denoiser } from "../denoiser.ts";
import { ascent, type SamplerOptions } from "./sampler.ts";

type InversionOptions = Omit<SamplerOptions, "noise" | "eta"> & {
  corrections?: number | undefined; // passes a step spent on solving it; 0 is the plain inverse, one pass too
};

/** Clean tensor -> its x at the first of `timesteps`. Give it the denoiser that will draw, best unguided and unclamped. */
export async function invertDdim(denoiser: Denoiser, x: Tensor, options: InversionOptions): Promise<Tensor> {
  const { schedule, timesteps, onStep, signal, corrections = 3 } = options;
  let v = zeros(x.shape);
  for (const { step, steps, t, next } of ascent(timesteps, signal)) {
    const d = schedule.angle(next) - schedule.angle(t);
    let above = linear(Math.cos(d), x, Math.sin(d), v);
    let x0 = x;
    for (let pass = 0; pass < Math.max(1, corrections); pass++) {
      x0 = (await denoiser(above, next)).x0;
      v = linear(schedule.alpha(next) / schedule.sigma(next), above, -1 / schedule.sigma(next), x0);
      if (corrections > 0) above = linear(1 / Math.cos(d), x, Math.tan(d), v);
    }
    x = above;
    await onStep?.({ step, steps, t: next, x0 });
  }
  return x;
}
