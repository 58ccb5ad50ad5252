// Schedules, timestep spacings, predictions and clamping against diffusers' own schedulers. The numbers are made by
// models/training/golden/schedulers.py.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readScheduler } from "../../../models/bundle/scheduler.ts";
import { asDenoiser } from "../../../models/diffusion/denoiser.ts";
import { clamped } from "../../../models/diffusion/guidance.ts";
import { samplers } from "../../../models/diffusion/samplers/index.ts";
import { createSchedule } from "../../../models/diffusion/schedule.ts";
import { Fields } from "../../../models/fields.ts";
import { Tensor } from "../../../models/tensor/tensor.ts";

type Case = {
  readonly sampler: "ddpm" | "ddim";
  readonly steps: number;
  readonly scheduler: Record<string, unknown>;
  readonly levels: Record<string, number>;
  readonly timesteps: Record<string, number[]>;
  readonly trajectory: number[][];
};

const { start, noise, cases }: { start: number[]; noise: number[][]; cases: Case[] } = JSON.parse(
  readFileSync(new URL("../../golden/schedulers.json", import.meta.url), "utf8"),
);

/** diffusers computes its schedules in float32. */
const FLOAT32 = 2e-5;
/** The same after the steps of a trajectory, which are divided by small alphas at its start. */
const TOLERANCE = 1e-4;

const tensor = (values: readonly number[]) => new Tensor(Float32Array.from(values), [1, values.length]);

describe.each(cases)("$sampler of $scheduler", ({ sampler, steps, scheduler, levels, timesteps, trajectory }) => {
  const spec = readScheduler(
    new Fields(scheduler, "scheduler", (field, problem) => expect.fail(`${field} ${problem}`)),
  );
  const schedule = createSchedule(spec, spec);

  it("has diffusers' levels", () => {
    for (const [t, level] of Object.entries(levels)) {
      expect(Math.abs(schedule.alphaBar(Number(t)) / level - 1)).toBeLessThan(FLOAT32 * (level < 1e-3 ? 10 : 1));
    }
  });

  it.each(Object.entries(timesteps))("has diffusers' %s timesteps", (count, expected) => {
    expect(schedule.timesteps(Number(count))).toEqual(expected);
  });

  it("takes diffusers' steps", async () => {
    const network = async (x: Tensor, t: number) =>
      tensor(Array.from(x.data, (value) => Math.sin(3 * value + t / 250)));
    const denoiser = clamped(asDenoiser(network, { schedule, ...spec }), spec.clipSampleRange);
    const states: Tensor[] = [];
    // A sampler reports before it returns: the state after step i is the x of step i + 1.
    const watched: typeof denoiser = (x, t) => {
      states.push(x);
      return denoiser(x, t);
    };
    const end = await samplers[sampler](watched, tensor(start), {
      schedule,
      timesteps: schedule.timesteps(steps),
      noise: (step) => tensor(noise[step - 1]!),
    });
    const path = [...states.slice(1), end];
    expect(path).toHaveLength(trajectory.length);
    for (const [i, expected] of trajectory.entries()) {
      const worst = Math.max(
        ...expected.map((value, k) => Math.abs(value - path[i]!.data[k]!) / Math.max(1, Math.abs(value))),
      );
      expect(worst, `after step ${i + 1}`).toBeLessThan(TOLERANCE);
    }
  });
});
