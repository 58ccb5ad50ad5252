// The deployment's own throttles as API Gateway applies them: a bucket of tokens that refills at the rate.
import { MESSAGES_PER_JOB, throttle } from "../../../cdk/throttle.ts";
import type { JobArrival } from "./demand.ts";

/** The share of the jobs of which API Gateway refuses a request over HTTP, or a message over a WebSocket. */
export function refusedShare(demand: Iterable<JobArrival>, rate: number): number {
  const http = bucket(throttle(rate));
  const sockets = bucket(throttle(MESSAGES_PER_JOB * rate));
  let jobs = 0;
  let refused = 0;
  for (const { at } of demand) {
    jobs++;
    // Both are asked, as both count what they refuse.
    const [accepted, followed] = [http(at, 1), sockets(at, MESSAGES_PER_JOB)];
    if (!accepted || !followed) refused++;
  }
  return refused / jobs;
}

function bucket({ rateLimit, burstLimit }: ReturnType<typeof throttle>) {
  let tokens = burstLimit;
  let filled = 0;
  return (at: number, wanted: number): boolean => {
    tokens = Math.min(burstLimit, tokens + (at - filled) * rateLimit);
    filled = at;
    if (tokens < wanted) return false;
    tokens -= wanted;
    return true;
  };
}
