// Several draws of z_i, of which the one that agrees best with the caption is kept (paper 2.2: two, by dot product).
import type { Caption } from "../clip/run.ts";
import { dot, type Tensor } from "../tensor/tensor.ts";

/** Of at least one draw (1, D); the earlier of equals. */
export function bestOf(draws: readonly Tensor[], { embedding }: Caption): Tensor {
  return draws.reduce((best, z) => (dot(z, embedding) > dot(best, embedding) ? z : best));
}
