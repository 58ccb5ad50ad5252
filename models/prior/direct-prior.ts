// The direct prior: maps noise and a caption to z_i in one pass (ECLIPSE, Patel et al. 2024).
import { type Caption, textConditions } from "../clip/encode.ts";
import { repeatRows } from "../diffusion/conditioned.ts";
import type { PredictionNetwork } from "../diffusion/denoiser.ts";
import { throwIfCanceled } from "../errors.ts";
import { projectToClipSpace, type Run } from "../run.ts";
import { startNoise } from "../tensor/noise.ts";
import { split, stack, type Tensor } from "../tensor/tensor.ts";
import { bestOf } from "./rerank.ts";

export type DirectPrior = {
  readonly network: PredictionNetwork;
  readonly normalise: boolean;
};

type DirectPriorInputs = {
  readonly caption: Caption;
  readonly priorSamples: number;
  readonly seed: number;
};

/** Returns z_i (1, D): the best of the samples, which run as one batch. Throws CANCELED, NUMERIC_FAILURE. */
export async function directPrior(
  { network, normalise }: DirectPrior,
  { caption, priorSamples: samples, seed }: DirectPriorInputs,
  { signal, onStep }: Run,
): Promise<Tensor> {
  throwIfCanceled(signal);
  const { shape } = caption.embedding;
  const x = stack(Array.from({ length: samples }, (_, index) => startNoise(`prior/draw/${index}`, seed, shape)));
  const { prediction } = await network.run({ x, ...repeatRows(textConditions(caption), samples) });
  await onStep?.({ step: 1, steps: 1 });
  const embeddings = split(prediction!, samples).map((z) => projectToClipSpace("prior", z, normalise));
  return bestOf(embeddings, caption);
}
