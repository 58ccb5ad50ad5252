// Workers that take jobs from a queue, whoever starts and ends them.
import { type Ask, DAY } from "./demand.ts";
import type { Timeline } from "./events.ts";
import { FACTS } from "./facts.ts";

/** What happened: each job's waits in seconds, in the order of their ends, and what was paid for. */
export type Told = {
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

export const nothingTold = (): Told => ({
  waits: [],
  waitedAt: [],
  busy: 0,
  paid: 0,
  peakWorkers: 0,
  peakStarts: 0,
  interrupted: 0,
  workers: [],
});

/** First in, first out, and an array does not move when its first goes. */
export class Line {
  #asks: Ask[] = [];
  #head = 0;

  get length(): number {
    return this.#asks.length - this.#head;
  }

  push(ask: Ask): void {
    this.#asks.push(ask);
  }

  /** A job that was handed back: SQS would put it anywhere; here it is next. */
  unshift(ask: Ask): void {
    if (this.#head > 0) this.#asks[--this.#head] = ask;
    else this.#asks.unshift(ask);
  }

  shift(): Ask | undefined {
    const ask = this.#asks[this.#head];
    if (ask === undefined) return undefined;
    if (++this.#head > 10_000) {
      this.#asks = this.#asks.slice(this.#head);
      this.#head = 0;
    }
    return ask;
  }
}

export const jobSeconds = ({ pictures }: Ask, perPicture: number): number => FACTS.around.value + pictures * perPicture;

/** Asks come to `arrive` when their message is in the queue. */
export function feed(timeline: Timeline, asks: Iterator<Ask>, arrive: (ask: Ask, now: number) => void): void {
  const next = () => {
    const { value, done } = asks.next();
    if (done) return;
    timeline.at(value.at + FACTS.accept.value, (now) => {
      arrive(value, now);
      next();
    });
  };
  next();
}

/** Counts workers for the plots, at most so often. */
export function watch(told: Told, now: number, count: number): void {
  told.peakWorkers = Math.max(told.peakWorkers, count);
  const last = told.workers.at(-1);
  if (last === undefined || now - last.at >= DAY / 500) told.workers.push({ at: now, count });
}
