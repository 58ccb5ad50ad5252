// The memory that a bundle needs and that this machine has, before an engine is opened.
import { estimateMemory, type MemoryEstimate } from "../bundle/memory.ts";
import { readSpec } from "../bundle/open.ts";
import { availableMemory, fittingPlan, type MemoryPlan } from "../onnx/memory.ts";

export { availableMemory } from "../onnx/memory.ts";

export type MemoryReport = MemoryEstimate & {
  /** Free bytes on this machine. */
  readonly available: number;
  /** How many networks an engine would hold open here; undefined when not even one fits. */
  readonly plan: MemoryPlan | undefined;
};

/** Reads bundle.json only. Throws INVALID_BUNDLE. */
export async function memoryReport(folder: string): Promise<MemoryReport> {
  const needs = estimateMemory(await readSpec(folder));
  const available = availableMemory();
  return { ...needs, available, plan: fittingPlan(needs, available) };
}
