// One run of a stage: how it reports its steps, how it is stopped, and how its output is checked.
import type { StepInfo } from "./diffusion/samplers/sampler.ts";
import { UnclipError } from "./errors.ts";
import { allFinite, norm, scale, type Tensor } from "./tensor/tensor.ts";

/** After step `step` (from 1) of `steps`; `x0` is the denoised tensor as estimated there. */
type StepProgress = Pick<StepInfo, "step" | "steps"> & { x0?: Tensor };

export type Run = {
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: ((progress: StepProgress) => void | Promise<void>) | undefined;
};

/** A run within a longer one: `map` turns its own steps into steps of the longer run. */
export function mapProgress({ signal, onStep }: Run, map: (progress: StepProgress) => StepProgress): Run {
  return { signal, onStep: (progress) => onStep?.(map(progress)) };
}

/** Returns the tensor. Throws NUMERIC_FAILURE, naming the stage, when it holds NaN or infinity: NaN would be drawn black. */
export function assertFinite(stage: string, tensor: Tensor): Tensor {
  if (allFinite(tensor)) return tensor;
  throw new UnclipError("NUMERIC_FAILURE", `${stage}: the result holds NaN or infinity`);
}

/** Scales an embedding to unit length where `unit`, the bundle's `clip.normalise`, is set. Throws NUMERIC_FAILURE. */
export function projectToClipSpace(stage: string, embedding: Tensor, unit: boolean): Tensor {
  const length = norm(assertFinite(stage, embedding));
  if (length === 0) throw new UnclipError("NUMERIC_FAILURE", `${stage}: the embedding is zero`);
  return unit ? scale(1 / length, embedding) : embedding;
}
