// Sorted waits, and their quantiles.

export type Sorted = Float64Array;

export const sorted = (values: readonly number[]): Sorted => Float64Array.from(values).sort();

/** The wait that this share of jobs did not exceed. NaN for no jobs at all. */
export function shareOf(waits: Sorted, share: number): number {
  return waits[Math.min(waits.length - 1, Math.floor(waits.length * share))] ?? Number.NaN;
}
