// Paths through CLIP's space and the decoder's noise (paper 3.2 and 3.3).
import { norm, scale, slerp, type Tensor } from "../tensor/tensor.ts";

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

/** DecoderLatent.guidanceShare at `place`: 0 at a picture that is rebuilt, rising to 1 half an arc away from it. */
export function guidanceRamp(place: number, rebuilt: readonly number[]): number {
  return Math.min(1, ...rebuilt.map((end) => 2 * Math.abs(place - end)));
}
