import { describe, expect, test } from "vitest";
import type { Denoiser } from "../../../models/diffusion/denoiser.ts";
import { clamped, guided } from "../../../models/diffusion/guidance.ts";
import { ddim } from "../../../models/diffusion/samplers/ddim.ts";
import { split, stack } from "../../../models/tensor/tensor.ts";
import { cosine, expectClose, golden, mixture, tensor, watched } from "../../support/models/toy-diffusion.ts";

const conditional = mixture(cosine, golden.mixtures.conditional);
const unconditional = mixture(cosine, golden.mixtures.unconditional);

/** Both halves as a network of batch 2 answers them. */
const pair: Denoiser = async (x, t) => {
  const [first, second] = split(x, 2);
  return { x0: stack([(await conditional(first!, t)).x0, (await unconditional(second!, t)).x0]) };
};

describe("guidance", () => {
  test("guidance followed by a clamp takes the same path as in Python", async () => {
    const { denoiser: network, seen } = watched(clamped(guided(pair, 3), 0.9));
    const options = { schedule: cosine, timesteps: golden.steps.even, noise: () => tensor(golden.start) };
    seen.push(await ddim(network, tensor(golden.start), options));
    for (const [i, x] of golden.trajectories["ddim-guided"]!.entries()) expectClose(seen[i]!, x);
  });

  test("a learned variance is the conditional half's", async () => {
    const varianceFraction = tensor([0.25, 0.75], [2, 1]);
    const both: Denoiser = async (x) => ({ x0: x, varianceFraction });
    const denoised = await guided(both, 4)(tensor([0.5], [1, 1]), 10);
    expect(denoised.varianceFraction).toEqual(tensor([0.25], [1, 1]));
  });
});

describe("limits of x0", () => {
  test("clamped limits x0 and passes the variance on", async () => {
    const varianceFraction = tensor([0, 1, 0.5], [1, 3]);
    const denoiser: Denoiser = async (x) => ({ x0: x, varianceFraction });
    const denoised = await clamped(denoiser, 5)(tensor([-7, 0.5, 6], [1, 3]), 10);
    expect(denoised).toEqual({ x0: tensor([-5, 0.5, 5], [1, 3]), varianceFraction });
  });
});
