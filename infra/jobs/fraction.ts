// How much of a job is done, from the progress events in its record.
import type { Info } from "../../models/types.ts";
import { workByStage } from "../../models/work.ts";
import type { JobRecord } from "./job.ts";

/**
 * The share of the job's denoising steps, from 0 to 1, that were made when event `seq` happened. Later events never have a
 * smaller one: another attempt counts only when it is further than the ones before, and a stage counts as done once a later
 * one has begun, also if it was loaded from the cache.
 */
export function fractionAt({ request, events }: JobRecord, seq: number, model: Info): number {
  const stages = [...workByStage(request, model)];
  const done = new Map<string, number>();
  let latest = -1;
  for (const event of events.slice(0, seq)) {
    if (event.type !== "PROGRESS") continue;
    const { stage, picture, pictures, step, steps } = event;
    const share = (picture * steps + step) / (pictures * steps);
    done.set(stage, Math.min(1, Math.max(done.get(stage) ?? 0, share)));
    latest = Math.max(
      latest,
      stages.findIndex(([name]) => name === stage),
    );
  }
  const total = stages.reduce((sum, [, work]) => sum + work, 0);
  // The pictures go through all upsamplers one after another, so no upsampler is done because another one has begun.
  const isPast = (index: number) => index < latest && !stages[index]![0].startsWith("upsampler");
  const made = stages.reduce((sum, [name, work], i) => sum + work * (isPast(i) ? 1 : (done.get(name) ?? 0)), 0);
  return total === 0 ? 0 : made / total;
}
