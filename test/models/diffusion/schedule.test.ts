import { describe, expect, test } from "vitest";
import { CLEAN, lambdaTimesteps, Schedule, timesteps } from "../../../models/diffusion/schedule.ts";
import { cosine, golden, linear } from "../../support/models/toy-diffusion.ts";

describe("schedules", () => {
  test.each([
    ["cosine", cosine, golden.schedules.cosine],
    ["linear", linear, golden.schedules.linear],
  ])("%s equals Python's at each timestep", (_, schedule, wanted) => {
    expect(schedule.steps).toBe(wanted.length);
    const worst = Math.max(...wanted.map((value, t) => Math.abs(schedule.alphaBar(t) / value - 1)));
    expect(worst).toBeLessThan(1e-9);
  });

  test("the clean level has all signal and no noise", () => {
    expect([cosine.alpha(CLEAN), cosine.sigma(CLEAN), cosine.lambda(CLEAN), cosine.angle(CLEAN)]).toEqual([
      1,
      0,
      Number.POSITIVE_INFINITY,
      0,
    ]);
  });

  test("a timestep outside the schedule is refused", () => {
    expect(() => cosine.alpha(1000)).toThrow(RangeError);
    expect(() => cosine.alpha(0.5)).toThrow(RangeError);
  });

  test.each([[[0.9, 0.9]], [[1, 0.5]], [[0.5, -0.1]], [[0.5, Number.NaN]]])(
    "values %j are refused as a schedule",
    (values) => {
      expect(() => new Schedule(Float64Array.from(values))).toThrow(
        expect.objectContaining({ code: "INVALID_BUNDLE" }),
      );
    },
  );
});

describe("timesteps", () => {
  test.each(Object.entries(golden.timesteps))("%s of 1000 equal Python's", (count, wanted) => {
    expect(timesteps(1000, Number(count))).toEqual(wanted);
  });

  test("halves round to even, as in Karlo's upsampler", () => {
    expect(timesteps(1000, 7)).toEqual([999, 832, 666, 500, 333, 166, 0]);
  });

  test.each(
    Object.entries(golden.lambdaTimesteps).flatMap(([kind, lists]) =>
      Object.entries(lists).map(([count, wanted]) => ({ kind, count, wanted })),
    ),
  )("$count of the $kind schedule, even in lambda, equal Python's", ({ kind, count, wanted }) => {
    expect(lambdaTimesteps(kind === "cosine" ? cosine : linear, Number(count))).toEqual(wanted);
  });

  test("both spacings fall strictly for any count", () => {
    for (const count of [2, 3, 100, 500, 999, 1000]) {
      for (const steps of [timesteps(1000, count), lambdaTimesteps(cosine, count), lambdaTimesteps(linear, count)]) {
        expect(steps).toHaveLength(count);
        expect(steps.every((t, i) => t >= 0 && t < (steps[i - 1] ?? 1000))).toBe(true);
      }
    }
  });

  test.each([1, 0, 2.5, 1001, Number.NaN])("%s steps are refused", (count) => {
    const refusal = expect.objectContaining({ code: "INVALID_REQUEST", field: "steps" });
    expect(() => timesteps(1000, count)).toThrow(refusal);
    expect(() => lambdaTimesteps(cosine, count)).toThrow(refusal);
  });
});
