/** The interface of all samplers, and the steps they share. */
import { throwIfCanceled } from "../../errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Denoiser } from "../denoiser.ts";
import { CLEAN, type Schedule } from "../schedule.ts";

/** Reported after each step. */
export type StepInfo = {
  step: number; // 1..steps
  steps: number;
  t: number; // the timestep that was denoised
  x0: Tensor; // the clean tensor as estimated there: a preview
};

export type SamplerOptions = {
  schedule: Schedule;
  timesteps: readonly number[]; // falling; a last step from the lowest to the clean tensor is implied
  noise: (step: number) => Tensor; // standard normal, shape of x, for step 1..steps; not called where none is added
  onStep?: ((info: StepInfo) => void | Promise<void>) | undefined;
  signal?: AbortSignal | undefined;
  eta?: number | undefined; // DDIM's share of fresh noise, 0..1 (0)
};

/** Takes x at the first timestep (standard normal noise) to the clean tensor, one pass of the denoiser per step. */
export type Sampler = (denoiser: Denoiser, x: Tensor, options: SamplerOptions) => Promise<Tensor>;

type Move = { step: number; steps: number; t: number; next: number };

/** The moves from each timestep to the next lower one, ending clean. Throws CANCELED before a move once `signal` is aborted. */
export function* descent(timesteps: readonly number[], signal?: AbortSignal): Generator<Move> {
  for (const [index, t] of timesteps.entries()) {
    throwIfCanceled(signal);
    yield { step: index + 1, steps: timesteps.length, t, next: timesteps[index + 1] ?? CLEAN };
  }
}

/** The same moves in the other order and direction: from the clean tensor up to the first timestep. */
export function* ascent(timesteps: readonly number[], signal?: AbortSignal): Generator<Move> {
  const rising = timesteps.toReversed();
  for (const [index, next] of rising.entries()) {
    throwIfCanceled(signal);
    yield { step: index + 1, steps: rising.length, t: rising[index - 1] ?? CLEAN, next };
  }
}
