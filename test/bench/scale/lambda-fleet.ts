// Container Lambdas on a queue: an environment for each job at a time, warm where one is idle.
import type { JobArrival } from "./demand.ts";
import { Timeline } from "./events.ts";
import { FACTS } from "./facts.ts";
import { emptyResult, type FleetResult, feed, jobSeconds, Line, watch } from "./fleet.ts";

/** `most`: MaximumConcurrency of the event source. */
export function lambdaFleet(arrivals: Iterator<JobArrival>, { most }: { readonly most: number }): FleetResult {
  const timeline = new Timeline();
  const result = emptyResult();
  const line = new Line();
  /** When each idle environment was last of use, the latest last. */
  const idle: number[] = [];
  let busy = 0;
  /** How many Lambda lets run, which grows only while something waits. */
  let allowed: number = FACTS.lambdaFirst.value;
  let ramping = false;

  const take = (now: number) => {
    while (line.length > 0 && busy < Math.min(most, allowed)) {
      const arrival = line.shift()!;
      // A worker that was idle for too long has ended, and so have those before it in the list.
      const gone = idle.findLastIndex((since) => now - since > FACTS.lambdaWarm.value);
      if (gone >= 0) idle.splice(0, gone + 1);
      const cold = idle.pop() === undefined ? FACTS.lambdaCold.value : 0;
      const seconds = jobSeconds(arrival, FACTS.cpuPicture.value);
      busy++;
      result.waits.push(now + FACTS.deliver.value + cold - arrival.at);
      result.waitedAt.push(arrival.at);
      result.busy += seconds;
      result.paid += seconds + cold;
      timeline.at(now + FACTS.deliver.value + cold + seconds, free);
    }
    watch(result, now, busy);
    if (line.length > 0 && allowed < most && !ramping) ramp(now);
  };
  const ramp = (now: number) => {
    ramping = true;
    timeline.at(now + 1, (later) => {
      ramping = false;
      if (line.length === 0) return;
      allowed = Math.min(most, Math.max(allowed, busy) + FACTS.lambdaRamp.value);
      take(later);
    });
  };
  const free = (now: number) => {
    busy--;
    idle.push(now);
    if (line.length === 0) allowed = Math.max(FACTS.lambdaFirst.value, busy + 1);
    take(now);
  };

  feed(timeline, arrivals, (arrival, now) => {
    line.push(arrival);
    take(now);
  });
  timeline.run();
  return result;
}
