// The clients' process.
import { setTimeout as sleep } from "node:timers/promises";
import { answer } from "./child.ts";
import { type Crowd, gather, type Transport } from "./crowd.ts";
import { type Amount, load, type Request } from "./load.ts";
import { percentile } from "./numbers.ts";
import { CANCEL, EVENTS, GENERATE } from "./operations.ts";
import { type Place, query, stream } from "./request.ts";

type Input = Readonly<Record<string, unknown>>;

/** Milliseconds: from before the mutation to the job's last event, and what the engine took of them. */
type Drawn = { readonly whole: number; readonly engine: number };

const submit = async (place: Place, input: Input): Promise<string> => (await query(place, GENERATE, { input })).id;

async function draw(place: Place, input: Input): Promise<Drawn> {
  const start = performance.now();
  const id = await submit(place, input);
  const events = await stream(place, EVENTS, { id });
  for await (const text of events) {
    if (/"(Failed|Canceled|Expired)"/.test(text)) throw new Error(text);
    if (text.includes('"Succeeded"')) break;
  }
  const whole = performance.now() - start;
  const { timings } = await query(place, "query ($id: ID!) { job(id: $id) { timings { milliseconds } } }", { id });
  return {
    whole,
    engine: timings.reduce((sum: number, { milliseconds }: { milliseconds: number }) => sum + milliseconds, 0),
  };
}

const INPUT = { prompt: "a red apple", size: 64 };

const crowds = new Map<Transport, Crowd>();

const functions = {
  load: ({ request, amount }: { readonly request: Request; readonly amount: Amount }) => load(request, amount),
  submit: ({ place, input }: { readonly place: Place; readonly input: Input }) => submit(place, input),
  /** Each request in the order sent, and its milliseconds. They take turns, and turns at being the first. */
  alternate: async (options: {
    readonly place: Place;
    readonly query: string;
    readonly variables: readonly object[];
    readonly rounds: number;
  }) => {
    const sent: { readonly which: number; readonly ms: number }[] = [];
    for (let round = 0; round < options.rounds; round++) {
      const order = [...options.variables.entries()];
      for (const [which, variables] of round % 2 === 0 ? order : order.reverse()) {
        const start = performance.now();
        await query(options.place, options.query, variables);
        sent.push({ which, ms: performance.now() - start });
      }
    }
    return sent;
  },
  /** Draws jobs one after another, for a duration or up to a number. */
  draw: async (options: {
    readonly place: Place;
    readonly input: Input;
    readonly jobs?: number;
    readonly seconds?: number;
  }) => {
    const { place, input, jobs = Number.POSITIVE_INFINITY, seconds = Number.POSITIVE_INFINITY } = options;
    const end = performance.now() + seconds * 1000;
    const drawn: Drawn[] = [];
    while (drawn.length < jobs && performance.now() < end) drawn.push(await draw(place, input));
    return drawn;
  },
  /**
   * Jobs a second from the first submit to the last job's end, and milliseconds of a submit. `others`: pictures that are in
   * flight all the time.
   */
  drain: async (options: {
    readonly place: Place;
    readonly jobs: number;
    readonly lanes: number;
    readonly others?: number;
  }) => {
    const { place, jobs, lanes, others = 0 } = options;
    const start = performance.now();
    const times: number[] = [];
    const share = async () => {
      for (let job = 0; job < jobs / lanes; job++) {
        const begin = performance.now();
        await submit(place, INPUT);
        times.push(performance.now() - begin);
      }
    };
    await Promise.all(Array.from({ length: lanes }, share));
    const left = async () => (await query(place, "{ viewer { picturesInFlight } }", {})).picturesInFlight;
    while ((await left()) > others) await sleep(10);
    const perSecond = jobs / ((performance.now() - start) / 1000);
    return { perSecond, p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
  },
  /** Submits and follows jobs at a rate, in pauses of the machine, until `seconds` have passed. Returns their number. */
  work: async ({ place, perSecond, seconds }: { place: Place; perSecond: number; seconds: number }) => {
    const start = performance.now();
    let jobs = 0;
    for (let now = 0; now < seconds; now = (performance.now() - start) / 1000) {
      if (jobs <= now * perSecond) {
        await draw(place, INPUT);
        jobs++;
      } else await sleep(1_000 / perSecond);
    }
    return jobs;
  },
  gather: async (options: {
    readonly transport: Transport;
    readonly place: Place;
    readonly id: string;
    readonly count: number;
  }) => {
    const crowd = gather(options.transport, options.place, options.id, options.count);
    crowds.set(options.transport, crowd);
    await crowd.gathered;
  },
  delivered: (transport: Transport) => crowds.get(transport)!.delivered,
  cancel: ({ place, id }: { readonly place: Place; readonly id: string }) => query(place, CANCEL, { id }),
};

export type Client = typeof functions;

answer(functions);
