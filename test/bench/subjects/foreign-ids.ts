// How long "not yours" takes beside "not there": equal times do not reveal which ids exist.
import { median } from "../../../models/training/bench/report.ts";
import type { Bench } from "../context.ts";
import { type Row, whole } from "../numbers.ts";
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
  await service.call("watchRequests", undefined);
  const sent = await client.call("alternate", { place, query: JOB, variables, rounds: PAIRS });
  const cpu = await service.call("requestCpu", undefined);
  await service.end();
  const row = (what: string, times: readonly number[]): Row => {
    const [notYours, notThere] = [0, 1].map((one) => median(times.filter((_, i) => sent[i]!.which === one)));
    const measured = `${(notYours! / notThere!).toFixed(3)}x (${notYours!.toFixed(3)} ms and ${notThere!.toFixed(3)} ms, medians of ${whole(PAIRS)} pairs)`;
    return {
      what: `\`job(id)\` of another owner beside one that does not exist, ${what}`,
      measured,
      goal: "0.95x to 1.05x",
    };
  };
  return [
    row("the server's CPU time", cpu),
    row(
      "the caller's time",
      sent.map(({ ms }) => ms),
    ),
  ];
}
