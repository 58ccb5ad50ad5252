// The autoregressive prior: z_i as a sequence of quantised PCA coefficients, the largest component first (paper 2.2).
import { type Caption, textConditions } from "../clip/encode.ts";
import { guidancePairs, repeatRows } from "../diffusion/conditioned.ts";
import { throwIfCanceled } from "../errors.ts";
import type { StageNetwork } from "../onnx/session-pool.ts";
import { projectToClipSpace, type Run } from "../run.ts";
import { Random } from "../tensor/random.ts";
import { Tensor } from "../tensor/tensor.ts";
import { dotBucket, sampleTopHalf } from "./dot-token.ts";
import type { Pca, Quantiser } from "./pca.ts";
import { bestOf } from "./rerank.ts";

export type AutoregressivePrior = {
  readonly network: Pick<StageNetwork, "run">;
  readonly coefficients: number; // K
  readonly buckets: number; // B
  readonly dotBuckets: number;
  /** Quantiles of z_i·z_t over the training set, evenly spaced, rising. */
  readonly dotQuantiles: Float32Array;
  readonly pca: Pca;
  readonly quantiser: Quantiser;
  readonly normalise: boolean;
};

type AutoregressivePriorInputs = {
  readonly caption: Caption;
  /** The caption "": the unconditional half of guidance. */
  readonly empty: Caption;
  readonly guidance: number;
  readonly temperature: number;
  readonly priorSamples: number;
  readonly seed: number;
};

/** Returns z_i (1, D): the best of the samples, which run as one batch. Throws CANCELED, NUMERIC_FAILURE. */
export async function autoregressivePrior(
  prior: AutoregressivePrior,
  inputs: AutoregressivePriorInputs,
  { signal, onStep }: Run,
): Promise<Tensor> {
  const { dotQuantiles, dotBuckets, coefficients, pca, quantiser, normalise } = prior;
  const samples = Array.from({ length: inputs.priorSamples }, (_, index) => {
    const random = new Random(inputs.seed, `prior/draw/${index}`);
    const dot = dotBucket(sampleTopHalf(dotQuantiles, random.uniform()), dotQuantiles, dotBuckets);
    return { random, dot, codes: new Int32Array(coefficients) };
  });
  const logits = nextLogits(prior, inputs);
  for (let i = 0; i < coefficients; i++) {
    throwIfCanceled(signal);
    const logitsOf = await logits(samples, i);
    for (const [index, { codes, random }] of samples.entries()) {
      codes[i] = pick(logitsOf(index), inputs.temperature, random.uniform());
    }
    await onStep?.({ step: i + 1, steps: coefficients });
  }
  const embeddings = samples.map(({ codes }) => {
    const z = pca.reconstruct(quantiser.dequantise(codes)); // (D)
    return projectToClipSpace("prior", new Tensor(z, [1, z.length]), normalise);
  });
  return bestOf(embeddings, inputs.caption);
}

type Sequence = { readonly dot: number; readonly codes: Int32Array };

/** The logits (B) of code i of each sample, given its codes before i. Guidance runs both halves as one batch. */
function nextLogits(
  { network, buckets, coefficients }: AutoregressivePrior,
  { caption, empty, guidance, priorSamples: samples }: AutoregressivePriorInputs,
) {
  const paired = guidance !== 1;
  const given = repeatRows(textConditions(caption), samples);
  const text = paired ? guidancePairs(given, repeatRows(textConditions(empty), samples)) : given;
  return async (sequences: readonly Sequence[], i: number): Promise<(sample: number) => Float64Array> => {
    const rows = paired ? [...sequences, ...sequences] : sequences;
    const codes = { data: joined(rows.map((row) => row.codes)), shape: [rows.length, coefficients] };
    const dot = { data: Int32Array.from(rows, (row) => row.dot), shape: [rows.length] };
    const { logits } = await network.run({ codes, dot, ...text });
    const at = (row: number, bucket: number) => logits!.data[(row * coefficients + i) * buckets + bucket]!;
    return (sample) =>
      Float64Array.from({ length: buckets }, (_, bucket) => {
        const conditional = at(sample, bucket);
        if (!paired) return conditional;
        const unconditional = at(samples + sample, bucket);
        return unconditional + guidance * (conditional - unconditional);
      });
  };
}

/** Samples from softmax(logits / temperature) by the inverse of its cumulative sum; u in [0, 1). */
function pick(logits: Float64Array, temperature: number, u: number): number {
  const highest = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp((logit - highest) / temperature));
  let rest = u * weights.reduce((sum, weight) => sum + weight, 0);
  for (let bucket = 0; bucket < weights.length; bucket++) {
    rest -= weights[bucket]!;
    if (rest < 0) return bucket;
  }
  // Rounding may leave a remainder above zero: it belongs to the last bucket that can be sampled.
  return weights.findLastIndex((weight) => weight > 0);
}

function joined(rows: readonly Int32Array[]): Int32Array {
  return Int32Array.from(rows.flatMap((row) => [...row]));
}
