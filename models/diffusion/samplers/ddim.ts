/** DDIM (Song et al. 2021, eq. 12 and 16): eta 0 follows the probability-flow ODE, eta 1 is as noisy as DDPM. */
import { UnclipError } from "../../errors.ts";
import { linear } from "../../tensor/tensor.ts";
import { descent, type Sampler } from "./sampler.ts";

/** Throws INVALID_REQUEST (field "eta") unless 0 <= eta <= 1. */
export const ddim: Sampler = async (denoiser, x, { schedule, timesteps, noise, onStep, signal, eta = 0 }) => {
  if (!(eta >= 0 && eta <= 1)) throw new UnclipError("INVALID_REQUEST", "Eta must be from 0 to 1.", { field: "eta" });
  for (const { step, steps, t, next } of descent(timesteps, signal)) {
    const { x0 } = await denoiser(x, t);
    const beta = 1 - schedule.alphaBar(t) / schedule.alphaBar(next);
    const fresh = eta * (schedule.sigma(next) / schedule.sigma(t)) * Math.sqrt(beta);
    const direction = Math.sqrt(schedule.sigma(next) ** 2 - fresh ** 2);
    // Noise is what x0 leaves of x: of a clamped x0 too, so that x stays on the chain.
    const epsilon = linear(1 / schedule.sigma(t), x, -schedule.alpha(t) / schedule.sigma(t), x0);
    x = linear(schedule.alpha(next), x0, direction, epsilon);
    if (fresh > 0) x = linear(1, x, fresh, noise(step));
    await onStep?.({ step, steps, t, x0 });
  }
  return x;
};
