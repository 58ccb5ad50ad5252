// Dollars for one day of a simulated fleet, by what they are paid for.
import { PICTURES_PER_JOB } from "./demand.ts";
import { PRICES } from "./facts.ts";
import type { FleetResult } from "./fleet.ts";
import type { Life } from "./life.ts";

export type Machine = "cpu" | "gpu";

/** GB of a worker Lambda: two processors come with twice 1,769 MB. */
const WORKER_GB = 3.456;
/** GB-seconds and calls of the small functions for a job: gateway, socket twice, a fanout for each two writes. */
const SMALL_GB_SECOND = 0.5 * 0.05;
const PICTURE_GB = 0.08e-3;
const KEPT_DAYS = 7;
const SQS_CALLS = 4;
/** Progress previews and kept stages, beside the picture itself. */
const PUTS_PER_PICTURE = 4;

type Cost = Readonly<Record<"compute" | "table" | "rest", number>>;

export function costOf(machine: Machine, result: FleetResult, pictures: number, life: Life): Cost {
  const jobs = pictures / PICTURES_PER_JOB;
  const price = (name: keyof typeof PRICES) => PRICES[name].value;
  const lambda = result.paid * WORKER_GB * price("lambdaGbSecond") + jobs * price("lambdaRequest");
  const calls = 3 + life.writes / 2;
  const rest =
    jobs * calls * (SMALL_GB_SECOND * price("lambdaGbSecond") + price("lambdaRequest")) +
    jobs * (price("http") + life.events * price("socket") + SQS_CALLS * price("sqs")) +
    // Each picture is opened once.
    pictures *
      (PUTS_PER_PICTURE * price("put") +
        price("get") +
        price("edge") +
        PICTURE_GB * (KEPT_DAYS * price("storedGb") + price("out")));
  return {
    compute: machine === "cpu" ? lambda : (result.paid / 3600) * price("gpuHour"),
    table: jobs * (life.units * price("write") + 2 * life.writes * price("read")),
    rest,
  };
}

export const sum = ({ compute, table, rest }: Cost): number => compute + table + rest;
