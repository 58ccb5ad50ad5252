// Memory planning: what is available, and whether all networks of a bundle can be open at once.
import { freemem } from "node:os";
import { estimateMemory, type MemoryEstimate } from "../bundle/memory.ts";
import type { Part } from "../bundle/parts.ts";
import { type BundleSpec, sizesOf } from "../bundle/spec.ts";
import type { Halves } from "../diffusion/guidance.ts";
import { UnclipError } from "../errors.ts";
import type { MemoryName } from "../request.ts";

export type MemoryPlan = Exclude<MemoryName, "auto">;

/** Bytes that this process can still allocate, within the machine and the limit of its container. */
export function availableMemory(): number {
  const limit = process.constrainedMemory() ?? 0;
  const free = freemem();
  // Without a limit it is 0, undefined or larger than any machine's memory. Other processes of the container are not counted.
  return limit > 0 ? Math.max(0, Math.min(free, limit - process.memoryUsage.rss())) : free;
}

/** The plan that fits into `available` bytes; undefined when not even one network at a time fits. */
export function fittingPlan({ all, one }: MemoryEstimate, available: number): MemoryPlan | undefined {
  if (all <= available) return "all";
  return one <= available ? "one" : undefined;
}

/** An explicit plan is followed; "auto" throws INSUFFICIENT_MEMORY when not even one network at a time fits. */
export function planMemory(spec: BundleSpec, memory: MemoryName, available: number, part: Part = "all"): MemoryPlan {
  if (memory !== "auto") return memory;
  const needs = estimateMemory(spec, { part });
  const plan = fittingPlan(needs, available);
  if (plan !== undefined) return plan;
  const need = `needs ${gigabytes(needs.one)} of memory with one network at a time, ${gigabytes(needs.all)} with all`;
  throw new UnclipError(
    "INSUFFICIENT_MEMORY",
    `The bundle ${spec.name} ${need}, but ${gigabytes(available)} are free; memory "one" opens it anyway`,
  );
}

/**
 * How guidance's halves fit when pictures of `size` are drawn with `available` bytes beside what the plan holds open. Throws
 * INSUFFICIENT_MEMORY, naming the sizes that fit, where not even one after the other does.
 */
export function checkSize(spec: BundleSpec, size: number, plan: MemoryPlan, available: number): Halves {
  const needed = (each: number, halves: Halves = "apart") => {
    const { pass, one } = estimateMemory(spec, { size: each, halves });
    return plan === "one" ? one : pass;
  };
  if (needed(size, "together") <= available) return "together";
  if (needed(size) <= available) return "apart";
  const fitting = sizesOf(spec).filter((each) => needed(each) <= available);
  const problem = `needs ${gigabytes(needed(size))} of memory for pictures of ${size} pixels`;
  const fits = fitting.length === 0 ? "no size fits" : `${fitting.join(", ")} fit`;
  throw new UnclipError(
    "INSUFFICIENT_MEMORY",
    `The bundle ${spec.name} ${problem}, but ${gigabytes(available)} are free; ${fits}`,
  );
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
