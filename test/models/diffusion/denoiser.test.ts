import { describe, expect, test } from "vitest";
import { asDenoiser, PREDICTION_TYPES } from "../../../models/diffusion/denoiser.ts";
import { Schedule } from "../../../models/diffusion/schedule.ts";
import { cosine, expectClose, golden, tensor } from "../../support/models/toy-diffusion.ts";

describe("asDenoiser", () => {
  test.each(
    golden.conversions.flatMap((row) => PREDICTION_TYPES.map((predictionType) => ({ ...row, predictionType }))),
  )("$predictionType becomes x0 at t = $t", async ({ t, x, output, x0, predictionType }) => {
    const network = async () => tensor(output);
    const denoised = await asDenoiser(network, { schedule: cosine, predictionType, varianceType: "fixed_small" })(
      tensor(x),
      t,
    );
    expectClose(denoised.x0, x0[predictionType]);
    expect(denoised.varianceFraction).toBeUndefined();
  });

  test("a learned range is split by channel within each sample", async () => {
    // two samples of two channels of two numbers: prediction first, then the variance from -1 to 1
    const output = tensor([1, 2, 3, 4, -1, 0, 0.5, 1, 5, 6, 7, 8, 1, 1, -1, -1], [2, 4, 2]);
    const denoiser = asDenoiser(async () => output, {
      schedule: cosine,
      predictionType: "sample",
      varianceType: "learned_range",
    });
    const { x0, varianceFraction } = await denoiser(tensor(new Array(8).fill(0), [2, 2, 2]), 500);
    expect(x0).toEqual(tensor([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]));
    expect(varianceFraction).toEqual(tensor([0, 0.5, 0.75, 1, 1, 1, 0, 0], [2, 2, 2]));
  });

  test("a fixed large variance is the upper bound everywhere", async () => {
    const types = { predictionType: "sample", varianceType: "fixed_large" } as const;
    const { varianceFraction } = await asDenoiser(async (x) => x, { schedule: cosine, ...types })(
      tensor([3, 4], [1, 2]),
      500,
    );
    expect(varianceFraction).toEqual(tensor([1, 1], [1, 2]));
  });

  test.each([
    ["fixed_small", [1, 6, 2, 2], "A denoiser returned (1, 6, 2, 2), not (1, 3, 2, 2)."],
    ["learned_range", [1, 3, 2, 2], "A denoiser returned (1, 3, 2, 2), not (1, 6, 2, 2)."],
  ] as const)(
    "an output of another shape is refused, naming both shapes (%s)",
    async (varianceType, shape, message) => {
      const network = async () => tensor(new Array(shape[1] * 4).fill(0), shape);
      const denoiser = asDenoiser(network, { schedule: cosine, predictionType: "v_prediction", varianceType });
      await expect(denoiser(tensor(golden.start), 500)).rejects.toMatchObject({ code: "INVALID_BUNDLE", message });
    },
  );

  test("a schedule that ends in pure noise refuses epsilon prediction", () => {
    const schedule = new Schedule(Float64Array.from([0.9, 0.4, 0]));
    const network = async () => tensor(golden.start);
    expect(() => asDenoiser(network, { schedule, predictionType: "epsilon", varianceType: "fixed_small" })).toThrow(
      expect.objectContaining({ code: "INVALID_BUNDLE" }),
    );
    expect(() =>
      asDenoiser(network, { schedule, predictionType: "v_prediction", varianceType: "fixed_small" }),
    ).not.toThrow();
  });
});
