// The overhead of a job: time from before the mutation to the arrival of the last event, without drawing.
import type { Bench } from "../context.ts";
import { ms, percentile, type Row } from "../numbers.ts";

const JOBS = 150;
const INPUT = { prompt: "a red apple", size: 64 };
/** Long enough for progress with a preview to be written on the way. */
const PACE = { steps: 4, stepMs: 25 };

export async function overhead({ client, startService }: Bench): Promise<Row[]> {
  const server = startService();
  const place = await server.call("open", { pace: PACE });
  await client.call("draw", { place, input: INPUT, jobs: JOBS / 5 });
  const drawn = await client.call("draw", { place, input: INPUT, jobs: JOBS });
  await server.end();
  const rest = drawn.map(({ whole, engine }) => whole - engine);
  return [
    { what: "mutation to last event, without the engine's time, p50", measured: ms(percentile(rest, 0.5)) },
    { what: "the same, p95", measured: ms(percentile(rest, 0.95)), goal: "under 50 ms" },
  ];
}
