// What a bundle needs of a machine and what this one has, for whoever asks before an engine is opened.
import { readSpec } from "../bundle/open.ts";
import { availableMemory, estimateMemory, fittingPlan, type MemoryEstimate, type MemoryPlan } from "../onnx/memory.ts";

export type MemoryReport = MemoryEstimate & {
  /** Bytes that are free here. */
  readonly available: number;
  /** How an engine would keep its networks here; undefined where it would not be opened. */
  readonly keeps: MemoryPlan | undefined;
};

/** Reads bundle.json alone. Throws INVALID_BUNDLE. */
export async function memoryReport(folder: string): Promise<MemoryReport> {
  const needs = estimateMemory(await readSpec(folder));
  const available = availableMemory();
  return { ...needs, available, keeps: fittingPlan(needs, available) };
}
