/** Shared by the diffusion tests: the golden file, and a network given by a formula. */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { Denoiser, PredictionType } from "../../../models/diffusion/denoiser.ts";
import { createSchedule, type Schedule } from "../../../models/diffusion/schedule.ts";
import { Tensor } from "../../../models/tensor/tensor.ts";

type Mixture = [weights: number[], means: number[], deviations: number[]];

type Golden = {
  schedules: Record<"cosine" | "linear", number[]>;
  timesteps: Record<string, number[]>;
  lambdaTimesteps: Record<"cosine" | "linear", Record<string, number[]>>;
  mixtures: Record<"conditional" | "unconditional", Mixture>;
  shape: number[];
  start: number[];
  noise: number[][];
  picture: number[];
  conversions: { t: number; x: number[]; output: number[]; x0: Record<PredictionType, number[]> }[];
  steps: { even: number[]; learned: number[] };
  trajectories: Record<string, number[][]>;
  limit: number[];
};

export const golden: Golden = JSON.parse(readFileSync(new URL("../../golden/diffusion.json", import.meta.url), "utf8"));

const numTrainTimesteps = 1000;
export const cosine = createSchedule({ numTrainTimesteps, betaSchedule: "squaredcos_cap_v2" });
export const linear = createSchedule({ numTrainTimesteps, betaSchedule: "linear", betaStart: 1e-4, betaEnd: 0.02 });

export function tensor(values: ArrayLike<number>, shape: readonly number[] = golden.shape): Tensor {
  return new Tensor(Float32Array.from(values), shape);
}

/** E[x0 | x_t] where every number of a picture is drawn from a mixture of Gaussians. */
export function mixture(schedule: Schedule, [weights, means, deviations]: Mixture): Denoiser {
  return async (x, t) => {
    const [alpha, sigma] = [schedule.alpha(t), schedule.sigma(t)];
    const parts = weights.map((weight, k) => {
      const [mean, deviation] = [means[k]!, deviations[k]!];
      const variance = (alpha * deviation) ** 2 + sigma ** 2;
      return {
        logDensity: (v: number) => Math.log(weight / Math.sqrt(variance)) - (v - alpha * mean) ** 2 / (2 * variance),
        mean: (v: number) => mean + ((alpha * deviation ** 2) / variance) * (v - alpha * mean),
      };
    });
    const expected = (v: number) => {
      const logs = parts.map((part) => part.logDensity(v));
      const top = Math.max(...logs); // keeps exp within range
      const shares = logs.map((log) => Math.exp(log - top));
      const total = shares.reduce((sum, share) => sum + share);
      return parts.reduce((sum, part, k) => sum + (shares[k]! / total) * part.mean(v), 0);
    };
    return { x0: tensor(x.data.map(expected), x.shape) };
  };
}

/** The same denoiser, and every x it is called with. */
export function watched(denoiser: Denoiser): { denoiser: Denoiser; seen: Tensor[] } {
  const seen: Tensor[] = [];
  return {
    seen,
    denoiser: (x, t) => {
      seen.push(x);
      return denoiser(x, t);
    },
  };
}

/** Root mean square of the difference. */
export function distance(a: Tensor, b: Tensor): number {
  return Math.sqrt(a.data.reduce((sum, value, i) => sum + (value - b.data[i]!) ** 2, 0) / a.data.length);
}

/** Every number within 1e-5 (absolute below 1, relative above). */
export function expectClose(actual: Tensor, wanted: readonly number[]): void {
  expect(actual.data).toHaveLength(wanted.length);
  const worst = Math.max(...wanted.map((value, i) => Math.abs(actual.data[i]! - value) / Math.max(1, Math.abs(value))));
  expect(worst).toBeLessThan(1e-5);
}
