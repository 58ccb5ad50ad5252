// A day of arrivals: by chance, with a wave through the day, each for one picture or some.
import { randomOf } from "../../support/random.ts";

export const DAY = 86_400;
/** The busiest moment against the day's mean. */
export const PEAK = 8 / 3;

/** Pictures of a job, and how often. */
const SIZES = [
  { pictures: 1, share: 0.5 },
  { pictures: 2, share: 0.2 },
  { pictures: 4, share: 0.3 },
] as const;
export const PICTURES_PER_JOB = SIZES.reduce((sum, { pictures, share }) => sum + pictures * share, 0);

/** Demand at this second of the day against its mean. The day begins and ends at its quietest, and peaks in its middle. */
function wave(second: number): number {
  // The square of (1 + cos)/2 is 3/8 on average, so the mean is 1.
  return PEAK * ((1 + Math.cos((2 * Math.PI * (second - DAY / 2)) / DAY)) / 2) ** 2;
}

export type JobArrival = { readonly at: number; readonly pictures: number };

/** In order of time. Thinned from a steady stream at the peak's rate, which keeps it exactly Poisson. */
export function* arrivals(picturesADay: number, seed: number): Generator<JobArrival> {
  const random = randomOf(seed);
  const rate = (picturesADay / PICTURES_PER_JOB / DAY) * PEAK;
  for (let at = 0; ; ) {
    at -= Math.log(1 - random()) / rate;
    if (at >= DAY) return;
    if (random() * PEAK < wave(at)) yield { at, pictures: sizeOf(random()) };
  }
}

function sizeOf(chance: number): number {
  let left = chance;
  for (const { pictures, share } of SIZES) {
    left -= share;
    if (left < 0) return pictures;
  }
  return SIZES.at(-1)!.pictures;
}
