// GPU machines of Batch: the scaler starts them by the backlog, and each ends when it was idle for long enough.
import { workersToStart } from "../../../infra/jobs/scaling-policy.ts";
import { randomOf } from "../../support/random.ts";
import { DAY, type JobArrival } from "./demand.ts";
import { Timeline } from "./events.ts";
import { FACTS } from "./facts.ts";
import { emptyResult, type FleetResult, feed, jobSeconds, Line, watch } from "./fleet.ts";

type Machine = { readonly since: number; job?: JobArrival | undefined; idleSince: number; gone: boolean };

type GpuOptions = {
  readonly most: number;
  readonly seed: number;
  /** Jobs a worker is started for, where that is not as the scaler has it. */
  readonly jobsPerWorker?: number | undefined;
};

export function gpuFleet(arrivals: Iterator<JobArrival>, { most, seed, jobsPerWorker }: GpuOptions): FleetResult {
  const timeline = new Timeline();
  const result = emptyResult();
  const line = new Line();
  const random = randomOf(seed);
  /** May contain machines that have ended or are busy again; the reader checks. */
  const idle: Machine[] = [];
  const begun = new WeakSet<JobArrival>();
  let active = 0;
  let working = 0;
  let fed = false;

  const start = (now: number) => {
    active++;
    const ready = now + FACTS.machineStart.value + FACTS.modelLoad.value;
    const machine: Machine = { since: now, idleSince: ready, gone: false };
    timeline.at(ready, (later) => take(machine, later));
    timeline.at(ready - Math.log(1 - random()) * FACTS.spotLife.value, (later) => interrupt(machine, later));
  };
  const take = (machine: Machine, now: number) => {
    if (machine.gone) return;
    if (machine.job) working--;
    const arrival = line.shift();
    machine.job = arrival;
    machine.idleSince = now;
    if (arrival === undefined) {
      idle.push(machine);
      timeline.at(now + FACTS.gpuIdle.value, (later) => rest(machine, later));
      return;
    }
    working++;
    if (!begun.has(arrival)) {
      begun.add(arrival);
      result.waits.push(now + FACTS.deliver.value - arrival.at);
      result.waitedAt.push(arrival.at);
    }
    const seconds = jobSeconds(arrival, FACTS.gpuPicture.value);
    result.busy += seconds;
    timeline.at(now + seconds, (later) => take(machine, later));
  };
  const rest = (machine: Machine, now: number) => {
    if (machine.job === undefined && now - machine.idleSince >= FACTS.gpuIdle.value) leave(machine, now);
  };
  const leave = (machine: Machine, now: number) => {
    if (machine.gone) return;
    machine.gone = true;
    if (machine.job) working--;
    active--;
    result.paid += now - machine.since;
  };
  /** Releases the current job. It is drawn again from the start. */
  const interrupt = (machine: Machine, now: number) => {
    if (machine.gone) return;
    result.interrupted++;
    if (machine.job) line.unshift(machine.job);
    leave(machine, now);
    wake(now);
  };
  const wake = (now: number) => {
    while (line.length > 0 && idle.length > 0) {
      const machine = idle.pop()!;
      if (machine.job === undefined) take(machine, now);
    }
  };
  const tick = (now: number) => {
    const more = workersToStart({ jobs: line.length + working, workers: active, maxWorkers: most }, jobsPerWorker);
    for (let i = 0; i < more; i++) start(now);
    result.peakStarts = Math.max(result.peakStarts, more);
    watch(result, now, active);
    if (!fed || line.length > 0 || active > 0) timeline.at(now + FACTS.scalerTick.value, tick);
  };

  feed(timeline, arrivals, (arrival, now) => {
    line.push(arrival);
    wake(now);
  });
  timeline.at(DAY, () => {
    fed = true;
  });
  timeline.at(0, tick);
  timeline.run();
  return result;
}
