/**
 * DPM-Solver++(2M) (Lu et al. 2022, algorithm 2): the probability-flow ODE solved in lambda, x0 extrapolated from the last
 * two passes. The first step has no past and the last one has no finite lambda to reach: both are of first order.
 */
import { linear, type Tensor } from "../../tensor/tensor.ts";
import { CLEAN } from "../schedule.ts";
import { descent, type Sampler } from "./sampler.ts";

export const dpmSolver: Sampler = async (denoiser, x, { schedule, timesteps, onStep, signal }) => {
  let before: { x0: Tensor; h: number } | undefined;
  for (const { step, steps, t, next } of descent(timesteps, signal)) {
    const { x0 } = await denoiser(x, t);
    const h = schedule.lambda(next) - schedule.lambda(t); // Infinity into the clean tensor, and out of pure noise
    const ahead = before && next !== CLEAN ? h / (2 * before.h) : 0;
    const target = before && ahead > 0 ? linear(1 + ahead, x0, -ahead, before.x0) : x0;
    x = linear(-schedule.alpha(next) * Math.expm1(-h), target, schedule.sigma(next) / schedule.sigma(t), x);
    before = { x0, h };
    await onStep?.({ step, steps, t, x0 });
  }
  return x;
};
