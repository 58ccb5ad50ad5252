export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** One row of the table. It shows the goal beside the measured value, whether the goal was met or not. */
export type Row = { readonly what: string; readonly measured: string; readonly goal?: string };

export const whole = (value: number): string => Math.round(value).toLocaleString("en");
export const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
