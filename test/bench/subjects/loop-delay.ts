// How late the service's event loop is while the real engine draws beside it.
import type { Bench } from "../context.ts";
import { ms, type Row } from "../numbers.ts";

const SECONDS = 20;
const INPUT = { prompt: "a red apple on a blue background" };

export async function loopDelay({ client, startService, bundle }: Bench): Promise<Row[]> {
  const server = startService();
  const place = await server.call("open", { bundle });
  await client.call("draw", { place, input: INPUT, jobs: 2 });
  await server.call("watchLoop", undefined);
  const drawn = await client.call("draw", { place, input: INPUT, seconds: SECONDS });
  const { p50, p99, max } = await server.call("loopDelay", undefined);
  await server.end();
  const what = `the event loop's delay while the engine draws (${drawn.length} pictures of 256 px)`;
  return [
    { what: `${what}, p50 and longest`, measured: `${ms(p50)}, ${ms(max)}` },
    { what: "the same, p99", measured: ms(p99), goal: "under 20 ms" },
  ];
}
