// At how many pictures a day the busiest moment reaches each limit, and the settings for ten million.
import { API_GATEWAY_RATE, MESSAGES_PER_JOB, RATE } from "../../../cdk/throttle.ts";
import { WAKE_PARTITIONS } from "../../../infra/aws/table.ts";
import { DAY, PEAK, PICTURES_PER_JOB } from "./demand.ts";
import { FACTS, LIMITS } from "./facts.ts";
import { lifeOf } from "./life.ts";

export type Settings = {
  /** `unclip:rate` and `unclip:maxWorkers`. */
  readonly rate: number;
  readonly maxWorkers: number;
  /** The account's concurrent functions. */
  readonly functions: number;
};

export const DEFAULTS: Settings = { rate: RATE.default, maxWorkers: 10, functions: LIMITS.functions.value };
/** For ten million pictures a day of picto. */
export const RECOMMENDED: Settings = { rate: 200, maxWorkers: 1_000, functions: 2_000 };

export type Limit = {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** What one job takes of it: a number, or seconds of something that is limited in number. */
  readonly perJob: number;
  /** What happens above it. */
  readonly above: string;
};

const REFUSED = "429";
const WAITS = "jobs wait";
const RETRIED = "calls are retried";
const drawing = PICTURES_PER_JOB * FACTS.cpuPicture.value + FACTS.around.value;
/** Seconds of the API's functions for a job: the mutation, and WebSocket messages of one client. */
const API = FACTS.accept.value * (1 + MESSAGES_PER_JOB);

/** For workers on Lambda, whose clients follow each job over a WebSocket of its own. */
export function limitsOf({ rate, maxWorkers, functions }: Settings): readonly Limit[] {
  const life = lifeOf(Math.round(PICTURES_PER_JOB), PICTURES_PER_JOB * FACTS.cpuPicture.value);
  const limit = (what: string, value: number, unit: string, perJob: number, above: string): Limit => {
    return { what, value, unit, perJob, above };
  };
  const { lambdaConcurrency, sockets, tableWrites, partitionWrites } = LIMITS;
  return [
    limit("`unclip:maxWorkers`", maxWorkers, "jobs at once", drawing, WAITS),
    limit("`unclip:rate`, over HTTP", rate, "a second", 1, REFUSED),
    limit("`unclip:rate`, over WebSockets", MESSAGES_PER_JOB * rate, "messages a second", MESSAGES_PER_JOB, REFUSED),
    limit("Lambda, the account", functions, "functions at once", drawing + API, REFUSED),
    limit(
      "Lambda, the account, if every client follows over SSE",
      functions,
      "functions at once",
      2 * drawing + FACTS.accept.value,
      REFUSED,
    ),
    limit("Lambda, one event source", lambdaConcurrency.value, "functions at once", drawing, WAITS),
    limit("API Gateway, new WebSockets", sockets.value, "a second", 1, REFUSED),
    limit("API Gateway, the account", API_GATEWAY_RATE, "a second", 1 + MESSAGES_PER_JOB, REFUSED),
    limit("the index by wake time", WAKE_PARTITIONS * partitionWrites.value, "units a second", life.wakeUnits, RETRIED),
    limit("the table", tableWrites.value, "units a second", life.units, RETRIED),
  ];
}

/** Pictures a day whose busiest moment reaches the limit on average. */
export const reachedAt = ({ value, perJob }: Limit): number => (value / perJob / PEAK) * DAY * PICTURES_PER_JOB;
