// Workers that take jobs from a queue. Other files decide when workers start and end.
import { DAY, type JobArrival } from "./demand.ts";
import type { Timeline } from "./events.ts";
import { FACTS } from "./facts.ts";

/** Result of a simulation: the waits of each job in seconds, in order of completion, and the billed resources. */
export type FleetResult = {
  /** From the mutation to the first step of the drawing. */
  readonly waits: number[];
  readonly waitedAt: number[];
  /** Seconds that workers computed, and seconds that they were there. */
  busy: number;
  paid: number;
  peakWorkers: number;
  /** Machines that one look of the scaler started. */
  peakStarts: number;
  interrupted: number;
  /** Workers by time, for the plots. */
  readonly workers: { readonly at: number; readonly count: number }[];
};

export const emptyResult = (): FleetResult => ({
  waits: [],
  waitedAt: [],
  busy: 0,
  paid: 0,
  peakWorkers: 0,
  peakStarts: 0,
  interrupted: 0,
  workers: [],
});

/** A first-in, first-out queue. Removing the first item does not move the others. */
export class Line {
  #arrivals: JobArrival[] = [];
  #head = 0;

  get length(): number {
    return this.#arrivals.length - this.#head;
  }

  push(arrival: JobArrival): void {
    this.#arrivals.push(arrival);
  }

  /** A released job. SQS would deliver it in any order; here it is next. */
  unshift(arrival: JobArrival): void {
    if (this.#head > 0) this.#arrivals[--this.#head] = arrival;
    else this.#arrivals.unshift(arrival);
  }

  shift(): JobArrival | undefined {
    const arrival = this.#arrivals[this.#head];
    if (arrival === undefined) return undefined;
    if (++this.#head > 10_000) {
      this.#arrivals = this.#arrivals.slice(this.#head);
      this.#head = 0;
    }
    return arrival;
  }
}

export const jobSeconds = ({ pictures }: JobArrival, perPicture: number): number =>
  FACTS.around.value + pictures * perPicture;

/** Asks come to `arrive` when their message is in the queue. */
export function feed(
  timeline: Timeline,
  arrivals: Iterator<JobArrival>,
  arrive: (arrival: JobArrival, now: number) => void,
): void {
  const next = () => {
    const { value, done } = arrivals.next();
    if (done) return;
    timeline.at(value.at + FACTS.accept.value, (now) => {
      arrive(value, now);
      next();
    });
  };
  next();
}

/** Counts workers for the plots, at most so often. */
export function watch(result: FleetResult, now: number, count: number): void {
  result.peakWorkers = Math.max(result.peakWorkers, count);
  const last = result.workers.at(-1);
  if (last === undefined || now - last.at >= DAY / 500) result.workers.push({ at: now, count });
}
