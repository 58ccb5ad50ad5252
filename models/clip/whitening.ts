// Whitened CLIP space, in which each component of z_i has the mean 0 and the deviation 1. Embeddings are nearly normal there.
import { Tensor } from "../tensor/tensor.ts";

/** Of z_i over the training pictures. */
export type Whitening = {
  readonly mean: Tensor; // (D)
  readonly std: Tensor; // (D)
};

type NoiseLevel = {
  /** The share of the embedding, and of the noise. */
  readonly alpha: number;
  readonly sigma: number;
  /** Standard normal, (1, D). Undefined: none. */
  readonly noise: Tensor | undefined;
};

/** z (1, D) noised in whitened space, as a diffusion's forward process does it: alpha z + sigma noise, brought back. */
export function noiseWhitened({ mean, std }: Whitening, z: Tensor, { alpha, sigma, noise }: NoiseLevel): Tensor {
  const noised = z.data.map((value, i) => {
    const [m, s] = [mean.data[i]!, std.data[i]!];
    return m + alpha * (value - m) + sigma * s * (noise?.data[i] ?? 0);
  });
  return new Tensor(noised, z.shape);
}
