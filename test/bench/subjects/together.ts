// Four thousand subscribers of one job, half on each transport, while others submit twenty thousand jobs that need no work.
import { type Child, startChild } from "../child.ts";
import type { Client } from "../client.ts";
import type { Bench } from "../context.ts";
import { ms, type Row, whole } from "../numbers.ts";

const TRANSPORTS = ["SSE", "WebSocket"] as const;
const SUBSCRIBERS = 2_000;
const JOBS = 20_000;
const LANES = 20;
const WORKERS = 8;
/**
 * The followed job outlasts the submits and is canceled after them. Its events are far apart, so that they leave the server
 * time for the submits. The other jobs, of other seeds, are drawn at once.
 */
const FOLLOWED = 7;
const PACE = { steps: 400, stepMs: 20_000, seed: FOLLOWED };

export async function together({ client, startService }: Bench): Promise<Row[]> {
  const server = startService();
  const place = await server.call("open", { pace: PACE, workers: WORKERS });
  // Each in a process of its own, so that nobody waits for another one's events.
  const crowds: readonly Child<Client>[] = TRANSPORTS.map(() => startChild<Client>("client.ts"));
  const id = await client.call("submit", { place, input: { prompt: "a red apple", size: 64, seed: FOLLOWED } });
  const memory = [await server.call("memory", undefined)];
  for (const [i, transport] of TRANSPORTS.entries()) {
    await crowds[i]!.call("gather", { transport, place, id, count: SUBSCRIBERS });
    memory.push(await server.call("memory", undefined));
  }
  const drained = await client.call("drain", { place, jobs: JOBS, lanes: LANES, others: 1 });
  memory.push(await server.call("memory", undefined));
  await client.call("cancel", { place, id });
  const delivered = await Promise.all(TRANSPORTS.map((transport, i) => crowds[i]!.call("delivered", transport)));
  await Promise.all([server, ...crowds].map((child) => child.end()));
  const resident = memory.map((one) => whole(one.resident / 2 ** 20));
  return [
    ...TRANSPORTS.map((transport, i) => ({
      what: `${whole(SUBSCRIBERS)} subscribers over ${transport} beside as many others and the submits: an event's way to each`,
      measured: `p50 ${ms(delivered[i]!.p50)}, p99 ${ms(delivered[i]!.p99)} (${whole(delivered[i]!.events)} deliveries, none lost)`,
    })),
    {
      what: `${whole(JOBS)} submits beside them, ${LANES} at a time, engine without work`,
      measured: `p50 ${ms(drained.p50)}, p99 ${ms(drained.p99)}; ${whole(drained.perSecond)} jobs drained a second`,
    },
    {
      what: "resident memory at first, with the first 2,000 subscribers, with all, after the submits",
      measured: `${resident.join(", ")} MB`,
    },
  ];
}
