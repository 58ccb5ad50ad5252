// Resident memory over half an hour of work, at a rate that leaves the machine time for others.
import type { Bench } from "../context.ts";
import { type Row, whole } from "../numbers.ts";

/** Each job has all its steps, previews and events, and a subscriber. */
const PACE = { steps: 4, stepMs: 10 };
const PER_SECOND = 10;
const FIRST_SECONDS = 5 * 60;
const REST_SECONDS = 25 * 60;

export async function endurance({ client, startService }: Bench): Promise<Row[]> {
  const server = startService();
  const place = await server.call("open", { pace: PACE });
  const work = (seconds: number) => client.call("work", { place, perSecond: PER_SECOND, seconds });
  let jobs = await work(FIRST_SECONDS);
  const { resident: before } = await server.call("memory", undefined);
  jobs += await work(REST_SECONDS);
  const { resident: after } = await server.call("memory", undefined);
  await server.end();
  const mb = (bytes: number) => `${whole(bytes / 2 ** 20)} MB`;
  return [
    {
      what: `resident memory after 30 minutes of work beside that after 5 (${whole(jobs)} jobs)`,
      measured: `${(after / before).toFixed(2)}x (${mb(after)} and ${mb(before)})`,
      goal: "at most 1.05x",
    },
  ];
}
