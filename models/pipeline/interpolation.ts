// Paths through CLIP's space and the decoder's noise (paper 3.2 and 3.3).
import { dot, linear, norm, normalise, scale, slerp, type Tensor } from "../tensor/tensor.ts";

/** `count` numbers from `first` to `last`, both included. A count of 1 gives `last`. */
export function linspace(count: number, first: number, last: number): number[] {
  if (count === 1) return [last];
  return Array.from({ length: count }, (_, i) => first + ((last - first) * i) / (count - 1));
}

/** The point at `place`, 0 to n - 1, on the path through n endpoints: endpoint i lies at place i, joined by great arcs. */
export function slerpPath(endpoints: readonly Tensor[], place: number): Tensor {
  const before = Math.min(Math.floor(place), endpoints.length - 2);
  const theta = place - before;
  // At an endpoint the result equals it to the last bit, so that its picture is rebuilt.
  if (theta === 0 || theta === 1) return endpoints[before + theta]!;
  return slerp(endpoints[before]!, endpoints[before + 1]!, theta);
}

/** Steps of sphericalMean: each takes two or three digits nearer. */
const MEAN_STEPS = 12;

/**
 * The weighted mean on the sphere (Buss & Fillmore 2001): of two points it is their slerp. Directions are averaged along great
 * arcs, lengths linearly. Weights are divided by their sum. Throws NUMERIC_FAILURE where the points have no mean.
 */
export function sphericalMean(points: readonly { readonly z: Tensor; readonly weight: number }[]): Tensor {
  const used = points.filter(({ weight }) => weight > 0);
  const total = used.reduce((sum, { weight }) => sum + weight, 0);
  const [first, second] = used;
  if (used.length === 1) return first!.z;
  if (used.length === 2) return slerp(first!.z, second!.z, second!.weight / total);
  const shares = used.map(({ z, weight }) => ({ direction: normalise(z), length: norm(z), share: weight / total }));
  const sum = (vectors: readonly Tensor[]) => vectors.reduce((a, b) => linear(1, a, 1, b));
  let mean = normalise(sum(shares.map(({ direction, share }) => scale(share, direction))));
  for (let step = 0; step < MEAN_STEPS; step++) {
    // Towards the mean of the directions, each as the arc that leads to it.
    const arc = sum(shares.map(({ direction, share }) => scale(share, arcTo(mean, direction))));
    mean = normalise(linear(1, mean, Math.tan(Math.min(1, norm(arc))) / (norm(arc) || 1), arc));
  }
  return scale(
    shares.reduce((length, { length: own, share }) => length + share * own, 0),
    mean,
  );
}

/** The tangent at unit vector `from` that points to unit vector `to`, as long as the angle between them. */
function arcTo(from: Tensor, to: Tensor): Tensor {
  const turn = Math.min(1, Math.max(-1, dot(from, to)));
  const tangent = linear(1, to, -turn, from);
  const length = norm(tangent);
  return length === 0 ? tangent : scale(angle(from, to) / length, tangent);
}

/** Rotates z by the share theta of its angle to `direction`, keeping its length: Karlo's z_i is not a unit vector. */
export function rotateTowards(z: Tensor, direction: Tensor, theta: number): Tensor {
  if (theta === 0) return z;
  const length = norm(z);
  return scale(length, slerp(scale(1 / length, z), scale(1 / norm(direction), direction), theta));
}

/** Pictures of the same thing on another background are some 30 degrees apart in picto's space, different ones more. */
const FULL_ARC = Math.PI / 6;

/** Per arc of the path: its length as a share of FULL_ARC, at most 1; 0 where two endpoints coincide. */
export function arcShares(endpoints: readonly Tensor[]): number[] {
  return endpoints.slice(1).map((end, i) => Math.min(1, angle(endpoints[i]!, end) / FULL_ARC));
}

/** In radians. Kahan's formula: exactly 0 for equal vectors, where the arc cosine of their product would not be. */
function angle(a: Tensor, b: Tensor): number {
  const [x, y] = [scale(1 / norm(a), a), scale(1 / norm(b), b)];
  return 2 * Math.atan2(norm(linear(1, x, -1, y)), norm(linear(1, x, 1, y)));
}

/**
 * DecoderLatent.guidanceShare at `place`: 0 at a picture that is rebuilt, rising to 1 half an arc away from it, and less on
 * short arcs (`shares`): between a picture and itself lies the picture.
 */
export function guidanceRamp(place: number, rebuilt: readonly number[], shares: readonly number[]): number {
  const along = (to: number) => shares.reduce((sum, share, i) => sum + share * Math.min(1, Math.max(0, to - i)), 0);
  return Math.min(1, ...rebuilt.map((end) => 2 * Math.abs(along(place) - along(end))));
}
