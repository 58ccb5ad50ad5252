// The networks of a bundle as its stages open them: all that were used, or one at a time in its own process.
import type { Bundle } from "../bundle/open.ts";
import { networksOf, type Part } from "../bundle/parts.ts";
import { UnclipError } from "../errors.ts";
import { openIsolated } from "../onnx/isolated.ts";
import type { MemoryPlan } from "../onnx/memory.ts";
import { Network, type SessionOptions } from "../onnx/session.ts";
import { type Opener, ResidentSessions, type SessionPool, SingleSession } from "../onnx/session-pool.ts";

/** `get` throws INVALID_REQUEST for a stage beyond the part. */
export function createPool(bundle: Bundle, plan: MemoryPlan, part: Part, options: SessionOptions): SessionPool {
  const stages = new Set(networksOf(bundle.spec, part).map(({ stage }) => stage));
  const checked =
    (open: Opener): Opener =>
    async (spec, stage) => {
      if (stages.has(stage)) return open(spec, stage);
      throw new UnclipError("INVALID_REQUEST", `The engine was opened for CLIP alone, without the stage ${stage}`);
    };
  if (plan === "all") {
    return new ResidentSessions(checked((spec, stage) => Network.open(bundle.path(spec.file), spec, stage, options)));
  }
  return new SingleSession(
    checked((spec, stage) => openIsolated({ path: bundle.path(spec.file), spec, stage, options })),
  );
}
