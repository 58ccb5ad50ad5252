import { describe, expect, test } from "vitest";
import { INVERSION_LIMIT } from "../../../models/decoder/decode.ts";
import type { Denoiser } from "../../../models/diffusion/denoiser.ts";
import { clamped } from "../../../models/diffusion/guidance.ts";
import { ddim } from "../../../models/diffusion/samplers/ddim.ts";
import { invertDdim } from "../../../models/diffusion/samplers/ddim-inversion.ts";
import type { StepInfo } from "../../../models/diffusion/samplers/sampler.ts";
import { timesteps } from "../../../models/diffusion/schedule.ts";
import { Random } from "../../../models/tensor/random.ts";
import { linear, type Tensor } from "../../../models/tensor/tensor.ts";
import { cosine, distance, expectClose, golden, mixture, tensor, watched } from "../../support/models/toy-diffusion.ts";

const toy = mixture(cosine, golden.mixtures.conditional);
const picture = tensor(golden.picture);
const noNoise = () => {
  throw new Error("eta 0 adds no noise");
};

/** How far the picture that DDIM draws again lies from the given one. */
async function roundTrip(denoiser: Denoiser, x: Tensor, count: number, corrections?: number): Promise<number> {
  const options = { schedule: cosine, timesteps: timesteps(1000, count) };
  const top = await invertDdim(denoiser, x, { ...options, corrections });
  return distance(await ddim(denoiser, top, { ...options, noise: noNoise }), x);
}

/** The toy as a network that predicts noise and errs by 1% of it. */
const erring: Denoiser = async (x, t) => {
  const [alpha, sigma] = [cosine.alpha(t), cosine.sigma(t)];
  const { x0 } = await toy(x, t);
  const error = tensor(x.data.map((value, i) => 0.01 * Math.sin(3 * value + i + t)));
  return { x0: linear(1, x0, -sigma / alpha, error) };
};

describe("invertDdim", () => {
  test("of a network that predicts noise needs a limit on x0, which near t = T is all error", async () => {
    expect(await roundTrip(erring, picture, 25)).toBeGreaterThan(1);
    expect(await roundTrip(clamped(erring, INVERSION_LIMIT), picture, 25)).toBeLessThan(1 / 255);
  });

  test("without corrections equals Dhariwal and Nichol's step, state by state", async () => {
    const network = watched(toy);
    const options = { schedule: cosine, timesteps: golden.steps.even, corrections: 0 };
    const end = await invertDdim(network.denoiser, picture, options);
    for (const [i, wanted] of golden.trajectories.inversion!.entries()) expectClose(network.seen[i]!, wanted);
    expectClose(end, golden.trajectories.inversion!.at(-1)!);
  });

  test("with corrections converges to the exact inverse of DDIM's steps, found by bisection", async () => {
    const exact = tensor(golden.trajectories["inversion-exact"]!.at(-1)!);
    const options = { schedule: cosine, timesteps: golden.steps.even };
    const missed = (corrections: number) =>
      invertDdim(toy, picture, { ...options, corrections }).then((x) => distance(x, exact));
    expect(await missed(1)).toBeLessThan((await missed(0)) / 2);
    expect(await missed(3)).toBeLessThan((await missed(1)) / 2);
  });

  test("one correction costs as much as the plain inverse and rebuilds better", async () => {
    const passes = async (corrections: number) => {
      const network = watched(toy);
      await invertDdim(network.denoiser, picture, { schedule: cosine, timesteps: timesteps(1000, 25), corrections });
      return network.seen.length;
    };
    expect([await passes(0), await passes(1), await passes(3)]).toEqual([25, 25, 75]);
    expect(await roundTrip(toy, picture, 25, 1)).toBeLessThan((await roundTrip(toy, picture, 25, 0)) / 4);
  });

  test("a Gaussian comes back to float precision, a mixture to less than half a grey level of 255", async () => {
    const gaussian = mixture(cosine, [[1], [0.1], [0.5]]);
    const drawn = new Random(2, "picture").normal([1, 3, 16, 16]);
    expect(
      await roundTrip(
        gaussian,
        tensor(
          drawn.data.map((v) => 0.1 + 0.5 * v),
          drawn.shape,
        ),
        50,
      ),
    ).toBeLessThan(1e-5);
    expect(await roundTrip(toy, picture, 50)).toBeLessThan(0.5 * (2 / 255));
  });

  test("is canceled between steps, which it reports from the lowest timestep up", async () => {
    const controller = new AbortController();
    const network = watched(toy);
    const reported: number[][] = [];
    const onStep = ({ step, steps, t }: StepInfo) => {
      reported.push([step, steps, t]);
      if (step === 2) controller.abort();
    };
    const options = { schedule: cosine, timesteps: golden.steps.even, onStep, signal: controller.signal };
    await expect(invertDdim(network.denoiser, picture, { ...options, corrections: 1 })).rejects.toMatchObject({
      code: "CANCELED",
    });
    expect(reported).toEqual([
      [1, 5, 0],
      [2, 5, 200],
    ]);
    expect(network.seen).toHaveLength(2);
  });
});
