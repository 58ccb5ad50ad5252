// Ways through CLIP's space and the decoder's noise (paper 3.2 and 3.3).
import { norm, scale, slerp, type Tensor } from "../tensor/tensor.ts";

/** `count` numbers from `first` to `last`, both included; one number alone is the last. */
export function linspace(count: number, first: number, last: number): number[] {
  if (count === 1) return [last];
  return Array.from({ length: count }, (_, i) => first + ((last - first) * i) / (count - 1));
}

/** The point at `place` on the path through `ends`: end i lies at place i, and great arcs lead from each to the next. */
export function slerpPath(ends: readonly Tensor[], place: number): Tensor {
  const before = Math.min(Math.floor(place), ends.length - 2);
  const theta = place - before;
  // At an end it is the end itself, to the last bit: pictures there are to be rebuilt.
  if (theta === 0 || theta === 1) return ends[before + theta]!;
  return slerp(ends[before]!, ends[before + 1]!, theta);
}

/** z turned by the share theta of the way towards a direction, its own length kept: Karlo's z_i is no unit vector. */
export function rotateTowards(z: Tensor, direction: Tensor, theta: number): Tensor {
  if (theta === 0) return z;
  const length = norm(z);
  return scale(length, slerp(scale(1 / length, z), scale(1 / norm(direction), direction), theta));
}

/** 0 at a picture that is to be rebuilt, growing to 1 half an arc away from it (DecoderLatent.guidanceShare). */
export function guidanceRamp(place: number, rebuilt: readonly number[]): number {
  return Math.min(1, ...rebuilt.map((end) => 2 * Math.abs(place - end)));
}
