/**
 * Ancestral sampling (Ho et al. 2020, algorithm 2) on a respaced chain (Nichol & Dhariwal 2021, section 4), in the form of
 * Karlo and diffusers' UnCLIPScheduler: small fixed variance, or the learned one between its two bounds.
 */
import { linear, Tensor } from "../../tensor/tensor.ts";
import { CLEAN } from "../schedule.ts";
import { descent, type Sampler } from "./sampler.ts";

export const ddpm: Sampler = async (denoiser, x, { schedule, timesteps, noise, onStep, signal }) => {
  for (const { step, steps, t, next } of descent(timesteps, signal)) {
    const { x0, varianceFraction } = await denoiser(x, t);
    const beta = 1 - schedule.alphaBar(t) / schedule.alphaBar(next); // of the respaced chain, not of the training one
    const toX0 = (schedule.alpha(next) * beta) / schedule.sigma(t) ** 2;
    const toX = (Math.sqrt(1 - beta) * schedule.sigma(next) ** 2) / schedule.sigma(t) ** 2;
    x = linear(toX0, x0, toX, x); // mean of q(x_next | x_t, x0), eq. 7
    if (next !== CLEAN) {
      const smallest = (schedule.sigma(next) ** 2 / schedule.sigma(t) ** 2) * beta;
      x = varianceFraction
        ? linear(1, x, 1, spread(noise(step), varianceFraction, Math.log(smallest), Math.log(beta)))
        : linear(1, x, Math.sqrt(smallest), noise(step));
    }
    await onStep?.({ step, steps, t, x0 });
  }
  return x;
};

/** Noise times the learned standard deviation: log-variance between `low` and `high` by the fraction (eq. 15). */
function spread(noise: Tensor, fraction: Tensor, low: number, high: number): Tensor {
  const scaled = noise.data.map((value, i) => value * Math.exp(0.5 * (low + (high - low) * fraction.data[i]!)));
  return new Tensor(scaled, noise.shape);
}
