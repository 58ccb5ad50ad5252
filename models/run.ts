// What prior, decoder and upsamplers have in common: a network becomes a denoiser by its feeds, noise comes by name, and
// the result is looked at before the next stage gets it.
import type { Prediction, Variance } from "./bundle/spec.ts";
import { asDenoiser, type Denoiser } from "./diffusion/denoiser.ts";
import { guided } from "./diffusion/guidance.ts";
import type { StepInfo } from "./diffusion/samplers/sampler.ts";
import type { Schedule } from "./diffusion/schedule.ts";
import { UnclipError } from "./errors.ts";
import type { StageNetwork } from "./onnx/session-pool.ts";
import { Random } from "./tensor/random.ts";
import { allFinite, norm, scale, stack, Tensor } from "./tensor/tensor.ts";

/** What is told of a step. */
export type StepProgress = Pick<StepInfo, "step" | "steps"> & { x0?: Tensor };

/** How one run of a stage is watched and stopped. */
export type Run = {
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: ((info: StepProgress) => void) | undefined;
};

/** A run that is part of a longer one, and tells its steps as steps of that. */
export function mapProgress({ signal, onStep }: Run, tell: (info: StepProgress) => StepProgress): Run {
  return { signal, onStep: (info) => onStep?.(tell(info)) };
}

export type Diffusion = {
  readonly network: StageNetwork;
  readonly schedule: Schedule;
  readonly prediction: Prediction;
  readonly variance: Variance;
};

/** Inputs beside x and t, each with as many rows as x. */
export type Conditions = Readonly<Record<string, Tensor>>;

/** The denoiser of x (n, ...) given the conditions; guided, where scale is not 1, by one pass of both halves as a batch of 2n. */
export function conditioned(stage: Diffusion, given: Conditions, nothing: Conditions, guidance: number): Denoiser {
  const paired = guidance !== 1;
  const feeds = paired ? guidancePairs(given, nothing) : given;
  const network = async (x: Tensor, t: number): Promise<Tensor> => {
    const rows = x.shape[0]!;
    const times = new Tensor(new Float32Array(rows).fill(t), [rows]);
    return (await stage.network.run({ x, t: times, ...feeds })).prediction!;
  };
  const denoiser = asDenoiser(network, stage);
  return paired ? guided(denoiser, guidance) : denoiser;
}

/** The noise a stage starts from. Depends on seed and stage alone, so not on batch, order or other stages. */
export function startNoise(stage: string, seed: number, shape: readonly number[]): Tensor {
  return new Random(seed, `${stage}/initial`).normal(shape);
}

export function stepNoise(stage: string, seed: number, shape: readonly number[]): (step: number) => Tensor {
  return (step) => new Random(seed, `${stage}/step/${step}`).normal(shape);
}

/** Gives the tensor back, or throws NUMERIC_FAILURE: a picture of NaN would come out black. */
export function assertFinite(stage: string, tensor: Tensor): Tensor {
  if (allFinite(tensor)) return tensor;
  throw new UnclipError("NUMERIC_FAILURE", `${stage}: the result holds NaN or infinity`);
}

/** A point of CLIP's space, of unit length where the bundle's space is the sphere. Throws NUMERIC_FAILURE as `finite` does. */
export function projectToClipSpace(stage: string, embedding: Tensor, unit: boolean): Tensor {
  const length = norm(assertFinite(stage, embedding));
  if (length === 0) throw new UnclipError("NUMERIC_FAILURE", `${stage}: the embedding is zero`);
  return unit ? scale(1 / length, embedding) : embedding;
}

export function throwIfCanceled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new UnclipError("CANCELED", "The call was canceled.", { cause: signal.reason });
}

/** The conditions of a guided pass: given over nothing, (2n, ...). */
export function guidancePairs(given: Conditions, nothing: Conditions): Conditions {
  return Object.fromEntries(Object.entries(given).map(([name, tensor]) => [name, stack([tensor, nothing[name]!])]));
}

/** The same conditions for n rows, (n, ...). */
export function repeatRows(conditions: Conditions, n: number): Conditions {
  const rows = (tensor: Tensor) => stack(Array.from({ length: n }, () => tensor));
  return Object.fromEntries(Object.entries(conditions).map(([name, tensor]) => [name, rows(tensor)]));
}
