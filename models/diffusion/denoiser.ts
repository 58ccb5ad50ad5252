/**
 * A denoiser is a function from a noisy tensor and its timestep to the clean tensor x0. The network's kind of prediction (noise,
 * velocity or x0) is converted here: guidance and samplers use x0 only.
 */
import { UnclipError } from "../errors.ts";
import { linear, ones, Tensor } from "../tensor/tensor.ts";
import type { Schedule } from "./schedule.ts";

type Denoised = {
  x0: Tensor; // shape of x
  /**
   * Where the log-variance of a DDPM step lies between its lower bound (0) and its upper bound (1), shape of x
   * (Nichol & Dhariwal 2021, eq. 15). The bounds depend on the step, so the sampler knows them and the network does not.
   */
  varianceFraction?: Tensor;
};

export type Denoiser = (x: Tensor, t: number) => Promise<Denoised>;

/** Maps x, t and the conditions to the output `prediction`. */
export type PredictionNetwork = {
  run(inputs: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>>;
};

/** One pass: x (n, c, ...) at timestep t -> (n, c, ...), or (n, 2c, ...) when the variance is learned. */
type Network = (x: Tensor, t: number) => Promise<Tensor>;

/** What a network predicts, by diffusers' names: the noise, x0 or the velocity. */
export const PREDICTION_TYPES = ["epsilon", "sample", "v_prediction"] as const;
export type PredictionType = (typeof PREDICTION_TYPES)[number];
/** The variance of a DDPM step, by diffusers' names: its lower bound, its upper bound, or predicted between them. */
export const VARIANCE_TYPES = ["fixed_small", "fixed_large", "learned_range"] as const;
export type VarianceType = (typeof VARIANCE_TYPES)[number];

/** Throws INVALID_BUNDLE when the output has another shape, or when noise is predicted on a schedule that ends in pure noise. */
export function asDenoiser(
  network: Network,
  {
    schedule,
    predictionType,
    varianceType,
  }: { schedule: Schedule; predictionType: PredictionType; varianceType: VarianceType },
): Denoiser {
  if (predictionType === "epsilon" && schedule.alphaBar(schedule.steps - 1) === 0) {
    throw new UnclipError(
      "INVALID_BUNDLE",
      "A schedule that ends in pure noise cannot be used with epsilon prediction.",
    );
  }
  return async (x, t) => {
    const output = await network(x, t);
    const channels = varianceType === "learned_range" ? 2 : 1;
    const expected = x.shape.map((size, axis) => (axis === 1 ? channels * size : size));
    if (output.shape.join() !== expected.join()) {
      throw new UnclipError(
        "INVALID_BUNDLE",
        `A denoiser returned (${output.shape.join(", ")}), not (${expected.join(", ")}).`,
      );
    }
    if (varianceType !== "learned_range") {
      const x0 = toX0(x, t, output, schedule, predictionType);
      return varianceType === "fixed_small" ? { x0 } : { x0, varianceFraction: ones(x.shape) };
    }
    const [predicted, v] = halves(output, x.shape); // v: -1 is the lower bound, 1 the upper
    const varianceFraction = new Tensor(
      v.data.map((value) => (value + 1) / 2),
      x.shape,
    );
    return { x0: toX0(x, t, predicted, schedule, predictionType), varianceFraction };
  };
}

/** Inverts x = alpha x0 + sigma eps, or v = alpha eps - sigma x0 (Salimans & Ho 2022, section 4). */
function toX0(x: Tensor, t: number, output: Tensor, schedule: Schedule, type: PredictionType): Tensor {
  const [alpha, sigma] = [schedule.alpha(t), schedule.sigma(t)];
  switch (type) {
    case "epsilon":
      return linear(1 / alpha, x, -sigma / alpha, output);
    case "v_prediction":
      return linear(alpha, x, -sigma, output);
    case "sample":
      return output;
  }
}

/** (n, 2c, ...) -> two tensors of `shape` (n, c, ...): the first c channels and the rest. */
function halves({ data }: Tensor, shape: readonly number[]): [Tensor, Tensor] {
  const batch = shape[0] ?? 1;
  const size = data.length / 2 / batch; // numbers in one sample's half
  const [first, second] = [new Float32Array(data.length / 2), new Float32Array(data.length / 2)];
  for (let n = 0; n < batch; n++) {
    first.set(data.subarray(2 * n * size, (2 * n + 1) * size), n * size);
    second.set(data.subarray((2 * n + 1) * size, (2 * n + 2) * size), n * size);
  }
  return [new Tensor(first, shape), new Tensor(second, shape)];
}
