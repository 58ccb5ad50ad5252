// What a bundle needs of a machine and what this one has, for whoever asks before an engine is opened.
import { readSpec } from "../bundle/open.ts";
import { availableMemory, fitting, type Keeping, type Needs, needsOf } from "../onnx/memory.ts";

export type Fit = Needs & {
  /** Bytes that are free here. */
  readonly available: number;
  /** How an engine would keep its networks here; undefined where it would not be opened. */
  readonly keeps: Keeping | undefined;
};

/** Reads bundle.json alone. Throws INVALID_BUNDLE. */
export async function fitOf(folder: string): Promise<Fit> {
  const needs = needsOf(await readSpec(folder));
  const available = availableMemory();
  return { ...needs, available, keeps: fitting(needs, available) };
}
