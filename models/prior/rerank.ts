// Several samples of z_i, of which the one that agrees best with the caption is kept (paper 2.2: two, by dot product).
import type { Caption } from "../clip/encode.ts";
import { cosine, type Tensor } from "../tensor/tensor.ts";

/**
 * Of at least one draw (1, D); the earlier of equals. By the cosine: the paper's dot product is of unit vectors, and where
 * a bundle's have lengths of their own (Karlo's), the longer one would win whatever it shows.
 */
export function bestOf(samples: readonly Tensor[], { embedding }: Caption): Tensor {
  return samples.reduce((best, z) => (cosine(z, embedding) > cosine(best, embedding) ? z : best));
}
