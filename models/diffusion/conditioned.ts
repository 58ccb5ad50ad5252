// A network and its conditions as a denoiser: what the prior, the decoder and the upsamplers have in common.
import { stack, Tensor } from "../tensor/tensor.ts";
import { asDenoiser, type Denoiser, type PredictionType, type VarianceType } from "./denoiser.ts";
import { guided } from "./guidance.ts";
import type { Schedule } from "./schedule.ts";

/** Maps x, t and the conditions to the output `prediction`. */
export type PredictionNetwork = {
  run(inputs: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>>;
};

export type Diffusion = {
  readonly network: PredictionNetwork;
  readonly schedule: Schedule;
  readonly predictionType: PredictionType;
  readonly varianceType: VarianceType;
  /** Limit of x0 at every step; undefined: none. */
  readonly clipSampleRange?: number | undefined;
};

/** Inputs of a network beside x and t, each (n, ...) with the rows of x. */
export type Conditions = Readonly<Record<string, Tensor>>;

/**
 * The denoiser of x (n, ...) under `given`. Where guidance is not 1, it is classifier-free guidance away from `empty`: one pass
 * over a batch of 2n.
 */
export function conditioned(stage: Diffusion, given: Conditions, empty: Conditions, guidance: number): Denoiser {
  const paired = guidance !== 1;
  const feeds = paired ? guidancePairs(given, empty) : given;
  const network = async (x: Tensor, t: number): Promise<Tensor> => {
    const rows = x.shape[0]!;
    const times = new Tensor(new Float32Array(rows).fill(t), [rows]);
    return (await stage.network.run({ x, t: times, ...feeds })).prediction!;
  };
  const denoiser = asDenoiser(network, stage);
  return paired ? guided(denoiser, guidance) : denoiser;
}

/** The conditions of a guided pass, (2n, ...): `given` first, then `empty`. */
export function guidancePairs(given: Conditions, empty: Conditions): Conditions {
  return Object.fromEntries(Object.entries(given).map(([name, tensor]) => [name, stack([tensor, empty[name]!])]));
}

/** The conditions of one row (1, ...) repeated for n rows (n, ...). */
export function repeatRows(conditions: Conditions, n: number): Conditions {
  const rows = (tensor: Tensor) => stack(Array.from({ length: n }, () => tensor));
  return Object.fromEntries(Object.entries(conditions).map(([name, tensor]) => [name, rows(tensor)]));
}
