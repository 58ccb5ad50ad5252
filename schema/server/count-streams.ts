import { randomUUID } from "node:crypto";
import type { CallerLimiter } from "../../infra/auth/caller-limits.ts";
import type { Context } from "../context.ts";
import { withinLimits } from "./within-limits.ts";

/** Counts streams of one owner. Without a limiter, nothing is counted. */
export function createStreamCounter(
  limiter: CallerLimiter | undefined,
  owner: string,
  seconds: number,
): Context["openStream"] {
  return async () => {
    const slot = { name: "streams", id: randomUUID() } as const;
    await withinLimits(limiter?.acquire(owner, slot, seconds));
    return async () => limiter?.release(owner, slot);
  };
}
