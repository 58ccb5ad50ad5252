// The token that tells the autoregressive prior how well its picture shall fit the caption: z_i.z_t, quantised by its
// rank among the training pairs. `quantiles` are that distribution's, evenly spaced from the least to the greatest.

/** The bucket of a dot product: floor(rank / count * buckets), its rank being how many quantiles lie below it. */
export function dotBucket(dot: number, quantiles: Float32Array, buckets: number): number {
  const rank = quantiles.reduce((below, quantile) => below + (quantile < dot ? 1 : 0), 0);
  return Math.min(Math.floor((rank / quantiles.length) * buckets), buckets - 1);
}

/** A dot product from the top half of the distribution, where people liked the pictures best (paper, section 2.2). */
export function sampleTopHalf(quantiles: Float32Array, uniform: number): number {
  const place = (0.5 + uniform / 2) * (quantiles.length - 1);
  const index = Math.min(Math.floor(place), quantiles.length - 2);
  const [lower, upper] = [quantiles[index]!, quantiles[index + 1]!];
  return lower + (place - index) * (upper - lower);
}
