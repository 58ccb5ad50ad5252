import { describe, expect, test } from "vitest";
import { asDenoiser, type Denoiser } from "../../../models/diffusion/denoiser.ts";
import { clamped } from "../../../models/diffusion/guidance.ts";
import { type SamplerName, samplers, timestepsFor } from "../../../models/diffusion/samplers/index.ts";
import type { SamplerOptions, StepInfo } from "../../../models/diffusion/samplers/sampler.ts";
import { Schedule, timesteps } from "../../../models/diffusion/schedule.ts";
import { Random } from "../../../models/tensor/random.ts";
import { allFinite, Tensor } from "../../../models/tensor/tensor.ts";
import {
  cosine,
  distance,
  expectClose,
  golden,
  linear,
  mixture,
  tensor,
  watched,
} from "../../support/models/toy-diffusion.ts";

const toy = mixture(cosine, golden.mixtures.conditional);
const toyLinear = mixture(linear, golden.mixtures.conditional);
const start = tensor(golden.start);
const names = Object.keys(samplers) as SamplerName[];
const noise = (step: number) => tensor(golden.noise[step - 1]!);

/** A network of six channels: the toy's epsilon, and tanh x as the variance. */
const learned = asDenoiser(
  async (x, t) => {
    const { x0 } = await toy(x, t);
    const epsilon = x.data.map((value, i) => (value - cosine.alpha(t) * x0.data[i]!) / cosine.sigma(t));
    return tensor([...epsilon, ...x.data.map(Math.tanh)], [1, 6, 2, 2]);
  },
  { schedule: cosine, predictionType: "epsilon", varianceType: "learned_range" },
);

type Case = { path: string; name: SamplerName; denoiser: Denoiser; options: Partial<SamplerOptions> };
const even = golden.steps.even;
const cases: Case[] = [
  { path: "ddpm", name: "ddpm", denoiser: clamped(toy, 0.7), options: { timesteps: timesteps(1000, 7) } },
  {
    path: "ddpm-learned-range",
    name: "ddpm",
    denoiser: clamped(learned, 0.55),
    options: { timesteps: golden.steps.learned },
  },
  { path: "ddim", name: "ddim", denoiser: toyLinear, options: { schedule: linear, timesteps: even } },
  { path: "ddim-eta", name: "ddim", denoiser: toy, options: { timesteps: even, eta: 0.7 } },
  { path: "dpm-solver++", name: "dpm-solver++", denoiser: toy, options: { timesteps: timesteps(1000, 8) } },
  {
    path: "dpm-solver++-linear",
    name: "dpm-solver++",
    denoiser: toyLinear,
    options: { schedule: linear, timesteps: timesteps(1000, 8) },
  },
  {
    path: "dpm-solver++-lambda",
    name: "dpm-solver++",
    denoiser: toy,
    options: { timesteps: timestepsFor("dpm-solver++", cosine, 15) },
  },
];

describe("samplers against Python", () => {
  test.each(cases)("$path: every state of the path", async ({ path, name, denoiser, options }) => {
    const network = watched(denoiser);
    const all = { schedule: cosine, timesteps: even, noise, ...options };
    const end = await samplers[name](network.denoiser, start, all);
    const states = [...network.seen, end];
    expect(states).toHaveLength(golden.trajectories[path]!.length);
    for (const [i, wanted] of golden.trajectories[path]!.entries()) expectClose(states[i]!, wanted);
  });
});

describe("samplers against the exact solution", () => {
  const run = (
    name: SamplerName,
    denoiser: Denoiser,
    x: Tensor,
    count: number,
    options: Partial<SamplerOptions> = {},
  ) =>
    samplers[name](denoiser, x, {
      schedule: cosine,
      timesteps: timestepsFor(name, cosine, count),
      noise: (step) => new Random(5, `step/${step}`).normal(x.shape),
      ...options,
    });

  test.each([
    ["ddpm", 250, {}], // with noise the deviation falls short in proportion to the steps' size: 5% at 100
    ["ddim", 250, { eta: 1 }],
    ["ddim", 50, { eta: 0 }],
    ["dpm-solver++", 15, {}],
  ] as const)("%s with %i steps %j draws a Gaussian of the right mean and deviation", async (name, count, options) => {
    const gaussian = mixture(cosine, [[1], [0.4], [0.3]]);
    const x = new Random(3, "start").normal([1, 1, 64, 64]);
    const { data } = await run(name, gaussian, x, count, options);
    const mean = data.reduce((sum, value) => sum + value) / data.length;
    const deviation = Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length);
    // 4,096 draws: standard errors of 0.0047 and, for the deviation, of 1.1%
    expect(Math.abs(mean - 0.4)).toBeLessThan(0.015);
    expect(Math.abs(deviation / 0.3 - 1)).toBeLessThan(0.05);
  });

  test("DDIM converges to the ODE's exact end as steps grow", async () => {
    const limit = tensor(golden.limit);
    const [few, many] = [await run("ddim", toy, start, 50), await run("ddim", toy, start, 1000)];
    expect(distance(many, limit)).toBeLessThan(0.002);
    expect(distance(many, limit)).toBeLessThan(distance(few, limit) / 10);
  });

  test("with 15 steps DPM-Solver++ is three times closer to the ODE's exact end than DDIM", async () => {
    const limit = tensor(golden.limit);
    const [second, first] = [await run("dpm-solver++", toy, start, 15), await run("ddim", toy, start, 15)];
    expect(distance(second, limit)).toBeLessThan(distance(first, limit) / 3);
  });
});

describe.each(names)("%s", (name) => {
  const options = { schedule: cosine, timesteps: timesteps(1000, 6), noise };

  test("reports each step with its timestep and its preview", async () => {
    const reported: StepInfo[] = [];
    const onStep = (info: StepInfo) => void reported.push(info);
    const end = await samplers[name](toy, start, { ...options, onStep });
    expect(reported.map(({ step, steps, t }) => [step, steps, t])).toEqual(
      options.timesteps.map((t, index) => [index + 1, 6, t]),
    );
    expect(reported.at(-1)!.x0).toEqual(end); // the last step adds no noise
  });

  test.each([0, 1, 4])("after a cancellation at step %i the network runs no more", async (k) => {
    const controller = new AbortController();
    const network = watched(toy);
    if (k === 0) controller.abort("enough");
    const onStep = ({ step }: StepInfo) => {
      if (step === k) controller.abort("enough");
    };
    const drawing = samplers[name](network.denoiser, start, { ...options, onStep, signal: controller.signal });
    await expect(drawing).rejects.toMatchObject({ code: "CANCELED", cause: "enough" });
    expect(network.seen).toHaveLength(k);
  });

  test("an epsilon network that is wrong at t = 999, where alpha is 5e-5, still ends in finite numbers", async () => {
    const network = async (x: Tensor) =>
      new Tensor(
        x.data.map((value) => 0.9 * value),
        x.shape,
      );
    const denoiser = clamped(
      asDenoiser(network, { schedule: cosine, predictionType: "epsilon", varianceType: "fixed_small" }),
      1,
    );
    expect(allFinite(await samplers[name](denoiser, start, options))).toBe(true);
  });

  test("a schedule that starts from pure noise works", async () => {
    const schedule = new Schedule(Float64Array.from({ length: 10 }, (_, t) => ((9 - t) / 10) ** 2));
    const denoiser = mixture(schedule, golden.mixtures.conditional);
    const end = await samplers[name](denoiser, start, { schedule, timesteps: [9, 7, 4, 2, 0], noise });
    expect(allFinite(end)).toBe(true);
    expect(Math.max(...end.data.map(Math.abs))).toBeLessThan(1.5);
  });
});

test.each([-0.1, 1.1, Number.NaN])("ddim refuses an eta of %s before any pass", async (eta) => {
  const network = watched(toy);
  const drawing = samplers.ddim(network.denoiser, start, { schedule: cosine, timesteps: even, noise, eta });
  await expect(drawing).rejects.toMatchObject({ code: "INVALID_REQUEST", field: "eta" });
  expect(network.seen).toHaveLength(0);
});
