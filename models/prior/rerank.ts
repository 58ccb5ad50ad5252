// Reranking: of several samples of z_i, the one closest to the caption is used (paper 2.2: two samples, by dot product).
import type { Caption } from "../clip/encode.ts";
import { cosine, type Tensor } from "../tensor/tensor.ts";

/**
 * The sample (1, D) with the highest cosine to the caption, the first of equals. `samples` must not be empty. The paper's dot
 * product assumes unit vectors: with Karlo's embeddings, which are not, the longest one would win whatever it shows.
 */
export function bestOf(samples: readonly Tensor[], { embedding }: Caption): Tensor {
  return samples.reduce((best, z) => (cosine(z, embedding) > cosine(best, embedding) ? z : best));
}
