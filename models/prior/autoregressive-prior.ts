// The autoregressive prior: z_i as a sequence of quantised PCA coefficients, the largest component first (paper 2.2).
import type { Caption } from "../clip/run.ts";
import type { Ids, Network } from "../onnx/session.ts";
import { inSpace, pairs, type Run, throwIfCanceled } from "../stage.ts";
import { Random } from "../tensor/random.ts";
import { Tensor } from "../tensor/tensor.ts";
import { textOf } from "./diffusion-prior.ts";
import { dotBucket, drawTopHalf } from "./dot.ts";
import type { Pca, Quantiser } from "./pca.ts";
import { bestDraw } from "./rerank.ts";

export type AutoregressivePrior = {
  readonly network: Pick<Network, "run">;
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
  readonly draws: number;
  readonly seed: number;
};

/** -> z_i (1, D) */
export async function autoregressivePrior(
  prior: AutoregressivePrior,
  inputs: AutoregressivePriorInputs,
  run: Run,
): Promise<Tensor> {
  const logits = nextLogits(prior, inputs);
  const draw = async (index: number, { signal, onStep }: Run): Promise<Tensor> => {
    const random = new Random(inputs.seed, `prior/draw/${index}`);
    const dot = dotBucket(drawTopHalf(prior.dotQuantiles, random.uniform()), prior.dotQuantiles, prior.dotBuckets);
    const codes = new Int32Array(prior.coefficients);
    for (let i = 0; i < codes.length; i++) {
      throwIfCanceled(signal);
      codes[i] = pick(await logits(codes, i, dot), inputs.temperature, random.uniform());
      onStep?.({ step: i + 1, steps: codes.length });
    }
    const z = prior.pca.reconstruct(prior.quantiser.dequantise(codes)); // (D)
    return inSpace("prior", new Tensor(z, [1, z.length]), prior.normalise);
  };
  return bestDraw(inputs.draws, inputs.caption, draw, run);
}

/** The logits (B) of code i after the codes before it, guided on the logits by one pass of both halves as a batch of 2. */
function nextLogits(prior: AutoregressivePrior, { caption, empty, guidance }: AutoregressivePriorInputs) {
  const { network, buckets } = prior;
  const paired = guidance !== 1;
  const text = paired ? pairs(textOf(caption), textOf(empty)) : textOf(caption);
  const rows = paired ? 2 : 1;
  return async (codes: Int32Array, i: number, dot: number): Promise<Float64Array> => {
    const { logits } = await network.run({ codes: repeat(codes, rows), dot: repeat([dot], rows, []), ...text });
    const at = (row: number, bucket: number) => logits!.data[(row * codes.length + i) * buckets + bucket]!;
    return Float64Array.from({ length: buckets }, (_, bucket) =>
      paired ? at(1, bucket) + guidance * (at(0, bucket) - at(1, bucket)) : at(0, bucket),
    );
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

/** (k) for each of n rows -> (n, k); a single number -> (n). */
function repeat(values: ArrayLike<number>, rows: number, axes: readonly number[] = [values.length]): Ids {
  const data = new Int32Array(rows * values.length);
  for (let row = 0; row < rows; row++) data.set(values, row * values.length);
  return { data, shape: [rows, ...axes] };
}
