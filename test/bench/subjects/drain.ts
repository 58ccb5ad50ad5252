// Jobs a second through the whole of their life with an engine that takes no time.

import type { Bench } from "../context.ts";
import { type Row, whole } from "../numbers.ts";

/** 200 jobs for one worker, because it waits for the disk alone. */
const SIDES = [
  { workers: 1, jobs: 200 },
  { workers: 8, jobs: 1_000, goal: "at least 150/s" },
];
const LANES = 20;

export async function drain({ client, startService }: Bench): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { workers, jobs, goal } of SIDES) {
    const server = startService();
    const place = await server.call("open", { pace: { steps: 0, stepMs: 0 }, workers });
    await client.call("drain", { place, jobs: jobs / 5, lanes: LANES });
    const speed = await client.call("drain", { place, jobs, lanes: LANES });
    await server.end();
    const what = `jobs drained by ${workers === 1 ? "1 worker" : `${workers} workers`}, engine without work`;
    rows.push({ what, measured: `${whole(speed)}/s`, ...(goal && { goal }) });
  }
  return rows;
}
