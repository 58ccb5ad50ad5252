// The dot token sets how well the autoregressive prior's embedding fits the caption: z_i.z_t, quantised by its rank among the
// training pairs. `quantiles` are evenly spaced quantiles of that distribution, from its minimum to its maximum.

/** The bucket of a dot product: floor(rank / count * buckets), where the rank counts the quantiles below it. */
export function dotBucket(dot: number, quantiles: Float32Array, buckets: number): number {
  const rank = quantiles.reduce((below, quantile) => below + (quantile < dot ? 1 : 0), 0);
  return Math.min(Math.floor((rank / quantiles.length) * buckets), buckets - 1);
}

/** A dot product from the top half of the distribution, which people preferred (paper 2.2). `uniform` is in [0, 1). */
export function sampleTopHalf(quantiles: Float32Array, uniform: number): number {
  const place = (0.5 + uniform / 2) * (quantiles.length - 1);
  const index = Math.min(Math.floor(place), quantiles.length - 2);
  const [lower, upper] = [quantiles[index]!, quantiles[index + 1]!];
  return lower + (place - index) * (upper - lower);
}
