// How long "not yours" takes beside "not there": equal times do not reveal which ids exist.
import { median } from "../../../models/training/bench/report.ts";
import type { Bench } from "../context.ts";
import type { Row } from "../numbers.ts";
import { JOB } from "../operations.ts";

/** Keeps the job open. */
const BUSY = { steps: 10_000, stepMs: 100 };
const PAIRS = 1_000;
const MISSING = "00000000000000000000000000";

export async function foreignIds({ client, startService }: Bench): Promise<Row[]> {
  const service = startService();
  const owner = await service.call("open", { pace: BUSY });
  const foreign = await client.call("submit", { place: owner, input: { prompt: "a red apple" } });
  const place = { url: owner.url, headers: await service.call("addCaller", undefined) };
  const variables = [{ id: foreign }, { id: MISSING }];
  const times = await client.call("alternate", { place, query: JOB, variables, rounds: PAIRS });
  await service.end();
  const [notYours, notThere] = times.map(median) as [number, number];
  const measured = `${(notYours / notThere).toFixed(3)}x (${notYours.toFixed(2)} ms and ${notThere.toFixed(2)} ms, medians of ${PAIRS} pairs)`;
  return [{ what: "`job(id)` of another owner beside one that does not exist", measured, goal: "0.95x to 1.05x" }];
}
