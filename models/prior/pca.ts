// The autoregressive prior's view of an image embedding (paper, section 2.2): its first principal components, each
// quantised to a bucket. Cut to k components, the projection shows what an embedding holds in k dimensions (figure 7).
import type { Tensor } from "../tensor/tensor.ts";

export class Pca {
  readonly #mean: Float32Array;
  readonly #basis: Float32Array;

  /** mean: (D); basis: (D, D), one component a column, orthonormal, in decreasing order of eigenvalue. */
  constructor(mean: Tensor, basis: Tensor) {
    this.#mean = mean.data;
    this.#basis = basis.data;
  }

  /** The first k coefficients of z (D): basis^T (z - mean). */
  project(z: Float32Array, k: number): Float32Array {
    const dimensions = this.#mean.length;
    return Float32Array.from({ length: k }, (_, i) => {
      let sum = 0;
      for (let d = 0; d < dimensions; d++) sum += (z[d]! - this.#mean[d]!) * this.#basis[d * dimensions + i]!;
      return sum;
    });
  }

  /** The embedding (D) that these coefficients of the first components describe: mean + basis c. Not normalised. */
  reconstruct(coefficients: Float32Array): Float32Array {
    const dimensions = this.#mean.length;
    return this.#mean.map((mean, d) => {
      let sum = mean;
      for (let i = 0; i < coefficients.length; i++) sum += coefficients[i]! * this.#basis[d * dimensions + i]!;
      return sum;
    });
  }
}

/** Coefficient i falls into one of `buckets` equal parts of low[i]..high[i]; a bucket is read back as its centre. */
export class Quantiser {
  readonly #low: Float32Array;
  readonly #high: Float32Array;
  readonly #buckets: number;

  /** low, high: (K), the range of each coefficient in training. */
  constructor(low: Tensor, high: Tensor, buckets: number) {
    this.#low = low.data;
    this.#high = high.data;
    this.#buckets = buckets;
  }

  /** (K) coefficients to (K) codes; a coefficient out of range takes the first or the last bucket. */
  quantise(coefficients: Float32Array): Int32Array {
    return Int32Array.from(coefficients, (coefficient, i) => {
      const low = this.#low[i]!;
      const bucket = Math.floor(((coefficient - low) / (this.#high[i]! - low)) * this.#buckets);
      return Math.min(Math.max(bucket, 0), this.#buckets - 1);
    });
  }

  /** (K) codes to (K) coefficients: low + (code + 0.5) / buckets * (high - low). */
  dequantise(codes: Int32Array): Float32Array {
    return Float32Array.from(codes, (code, i) => {
      const low = this.#low[i]!;
      return low + ((code + 0.5) / this.#buckets) * (this.#high[i]! - low);
    });
  }
}
