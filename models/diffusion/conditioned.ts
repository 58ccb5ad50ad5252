// A network and its conditions as a denoiser: what the prior, the decoder and the upsamplers have in common.
import { split, stack, Tensor } from "../tensor/tensor.ts";
import {
  asDenoiser,
  type Denoiser,
  type PredictionNetwork,
  type PredictionType,
  type VarianceType,
} from "./denoiser.ts";
import { guided, type Halves } from "./guidance.ts";
import { type KeyValueShape, withKeyValueCache } from "./key-value-cache.ts";
import type { Schedule } from "./schedule.ts";

export type Diffusion = {
  readonly network: PredictionNetwork;
  readonly schedule: Schedule;
  readonly predictionType: PredictionType;
  readonly varianceType: VarianceType;
  /** Limit of x0 at every step; undefined: none. */
  readonly clipSampleRange?: number | undefined;
  /** Of guidance. Default "together". */
  readonly halves?: Halves | undefined;
  /** Of the cache that the network takes and returns; undefined: none. */
  readonly keyValues?: KeyValueShape | undefined;
};

/** Inputs of a network beside x and t, each (n, ...) with the rows of x. */
export type Conditions = Readonly<Record<string, Tensor>>;

/** The denoiser of x (n, ...) under `given`. Where guidance is not 1, it is classifier-free guidance away from `empty`. */
export function conditioned(stage: Diffusion, given: Conditions, empty: Conditions, guidance: number): Denoiser {
  const under = (feeds: Conditions) => {
    const network = stage.keyValues === undefined ? stage.network : withKeyValueCache(stage.network, stage.keyValues);
    return async (x: Tensor, t: number) => {
      const rows = x.shape[0]!;
      const times = new Tensor(new Float32Array(rows).fill(t), [rows]);
      return (await network.run({ x, t: times, ...feeds })).prediction!;
    };
  };
  if (guidance === 1) return asDenoiser(under(given), stage);
  if (stage.halves !== "apart") return guided(asDenoiser(under(guidancePairs(given, empty)), stage), guidance);
  const [conditional, unconditional] = [under(given), under(empty)];
  const oneByOne = async (pair: Tensor, t: number) => {
    const [x] = split(pair, 2) as [Tensor];
    return stack([await conditional(x, t), await unconditional(x, t)]);
  };
  return guided(asDenoiser(oneByOne, stage), guidance);
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
