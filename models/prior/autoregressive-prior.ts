// The autoregressive prior: z_i as a sequence of quantised PCA coefficients, the largest component first (paper 2.2).
import type { Caption } from "../clip/encode.ts";
import type { StageNetwork } from "../onnx/session-pool.ts";
import { guidancePairs, projectToClipSpace, type Run, repeatRows, throwIfCanceled } from "../run.ts";
import { Random } from "../tensor/random.ts";
import { Tensor } from "../tensor/tensor.ts";
import { textOf } from "./diffusion-prior.ts";
import { dotBucket, sampleTopHalf } from "./dot-token.ts";
import type { Pca, Quantiser } from "./pca.ts";
import { bestOf } from "./rerank.ts";

export type AutoregressivePrior = {
  readonly network: Pick<StageNetwork, "run">;
  readonly coefficients: number; // K
  readonly buckets: number; // B
  readonly dotBuckets: number;
  /** Of z_i·z_t in training, evenly spaced, rising. */
  readonly dotQuantiles: Float32Array;
  readonly pca: Pca;
  readonly quantiser: Quantiser;
  readonly normalise: boolean;
};

export type AutoregressivePriorInputs = {
  readonly caption: Caption;
  /** The caption "", which guidance leads away from. */
  readonly empty: Caption;
  readonly guidance: number;
  readonly temperature: number;
  readonly priorSamples: number;
  readonly seed: number;
};

/** -> z_i (1, D), the best of the samples, which run as one batch. */
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
    const of = await logits(samples, i);
    for (const [index, { codes, random }] of samples.entries()) {
      codes[i] = pick(of(index), inputs.temperature, random.uniform());
    }
    onStep?.({ step: i + 1, steps: coefficients });
  }
  const imagined = samples.map(({ codes }) => {
    const z = pca.reconstruct(quantiser.dequantise(codes)); // (D)
    return projectToClipSpace("prior", new Tensor(z, [1, z.length]), normalise);
  });
  return bestOf(imagined, inputs.caption);
}

type Begun = { readonly dot: number; readonly codes: Int32Array };

/** The logits (B) of code i of each draw after its codes before it; guidance of them is one pass of both halves. */
function nextLogits(
  { network, buckets, coefficients }: AutoregressivePrior,
  { caption, empty, guidance, priorSamples: samples }: AutoregressivePriorInputs,
) {
  const paired = guidance !== 1;
  const given = repeatRows(textOf(caption), samples);
  const text = paired ? guidancePairs(given, repeatRows(textOf(empty), samples)) : given;
  return async (begun: readonly Begun[], i: number): Promise<(draw: number) => Float64Array> => {
    const rows = paired ? [...begun, ...begun] : begun;
    const codes = { data: joined(rows.map((row) => row.codes)), shape: [rows.length, coefficients] };
    const dot = { data: Int32Array.from(rows, (row) => row.dot), shape: [rows.length] };
    const { logits } = await network.run({ codes, dot, ...text });
    const at = (row: number, bucket: number) => logits!.data[(row * coefficients + i) * buckets + bucket]!;
    return (draw) =>
      Float64Array.from({ length: buckets }, (_, bucket) => {
        const told = at(draw, bucket);
        if (!paired) return told;
        const untold = at(samples + draw, bucket);
        return untold + guidance * (told - untold);
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
  // Rounding may leave a crumb above zero: it belongs to the last bucket that can be drawn.
  return weights.findLastIndex((weight) => weight > 0);
}

function joined(rows: readonly Int32Array[]): Int32Array {
  return Int32Array.from(rows.flatMap((row) => [...row]));
}
