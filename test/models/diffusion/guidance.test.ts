import { describe, expect, test } from "vitest";
import type { Denoiser } from "../../../models/diffusion/denoiser.ts";
import { clamped, guided, guidedPair, thresholded } from "../../../models/diffusion/guidance.ts";
import { ddim } from "../../../models/diffusion/samplers/ddim.ts";
import { split, stack } from "../../../models/tensor/tensor.ts";
import { cosine, expectClose, golden, mixture, tensor, watched } from "./toy.ts";

const conditional = mixture(cosine, golden.mixtures.conditional);
const unconditional = mixture(cosine, golden.mixtures.unconditional);

/** Both halves as a network of batch 2 answers them. */
const pair: Denoiser = async (x, t) => {
  const [first, second] = split(x, 2);
  return { x0: stack([(await conditional(first!, t)).x0, (await unconditional(second!, t)).x0]) };
};

describe("guidance", () => {
  test.each([
    ["two passes", guided(conditional, unconditional, 3)],
    ["one pass of both", guidedPair(pair, 3)],
  ])("%s, then a clamp, walks Python's path", async (_, denoiser) => {
    const { denoiser: network, seen } = watched(clamped(denoiser, 0.9));
    const options = { schedule: cosine, timesteps: golden.steps.even, noise: () => tensor(golden.start) };
    seen.push(await ddim(network, tensor(golden.start), options));
    for (const [i, x] of golden.trajectories["ddim-guided"]!.entries()) expectClose(seen[i]!, x);
  });

  test("scale 1 is the conditional denoiser and never asks the other", () => {
    expect(guided(conditional, unconditional, 1)).toBe(conditional);
  });

  test("a learned variance is the conditional half's", async () => {
    const varianceFraction = tensor([0.25, 0.75], [2, 1]);
    const both: Denoiser = async (x) => ({ x0: x, varianceFraction });
    const denoised = await guidedPair(both, 4)(tensor([0.5], [1, 1]), 10);
    expect(denoised.varianceFraction).toEqual(tensor([0.25], [1, 1]));
  });
});

describe("limits of x0", () => {
  test("clamped holds x0 and lets the variance through", async () => {
    const varianceFraction = tensor([0, 1, 0.5], [1, 3]);
    const denoiser: Denoiser = async (x) => ({ x0: x, varianceFraction });
    const denoised = await clamped(denoiser, 5)(tensor([-7, 0.5, 6], [1, 3]), 10);
    expect(denoised).toEqual({ x0: tensor([-5, 0.5, 5], [1, 3]), varianceFraction });
  });

  test("thresholded takes the percentile of each sample apart, as Python", async () => {
    const { percentile, x0, thresholded: wanted } = golden.threshold;
    const shape = [2, 3, 2, 2];
    const denoiser: Denoiser = async () => ({ x0: tensor(x0, shape) });
    expectClose((await thresholded(denoiser, percentile)(tensor(x0, shape), 10)).x0, wanted);
  });

  test("thresholded leaves x0 within the range as it is", async () => {
    const x0 = tensor([0.5, -0.9, 0.1, 0], [1, 4]);
    const denoised = await thresholded(async () => ({ x0 }), 0.5)(x0, 10);
    expect(denoised.x0).toEqual(x0);
  });
});
