// Two thousand subscribers of one job: the delay of its events, and the cost of each subscriber.
import type { Bench } from "../context.ts";
import { ms, type Row, whole } from "../numbers.ts";

const COUNT = 2_000;
/** Steps far enough apart that each is sent; enough of them for all subscribers to connect, and some to measure. */
const PACE = { steps: 24, stepMs: 800 };

export async function subscribers({ client, startService }: Bench): Promise<Row[]> {
  const rows: Row[] = [];
  for (const transport of ["SSE", "WebSocket"] as const) {
    const server = startService();
    const place = await server.call("open", { pace: PACE });
    const id = await client.call("submit", { place, input: { prompt: "a red apple", size: 64 } });
    const before = await server.call("memory", undefined);
    await client.call("gather", { transport, place, id, count: COUNT });
    const after = await server.call("memory", undefined);
    const { events, p50, p99 } = await client.call("delivered", transport);
    await server.end();
    const each = (kind: "heap" | "resident") => whole((after[kind] - before[kind]) / COUNT / 1024);
    const what = `${whole(COUNT)} subscribers of one job, ${transport}`;
    rows.push(
      {
        what: `${what}: an event's way to each`,
        measured: `p50 ${ms(p50)}, p99 ${ms(p99)} (${whole(events)} deliveries)`,
      },
      { what: `${what}: memory of each`, measured: `${each("heap")} kB of heap, ${each("resident")} kB resident` },
    );
  }
  return rows;
}
