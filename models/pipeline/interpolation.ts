// Paths through CLIP's space and the decoder's noise (paper 3.2 and 3.3).
import { linear, norm, scale, slerp, type Tensor } from "../tensor/tensor.ts";

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
