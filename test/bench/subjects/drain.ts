// Jobs a second through the whole of their life with an engine that takes no time.

import type { Bench } from "../context.ts";
import { ms, type Row, whole } from "../numbers.ts";

/** 200 jobs for one worker, because it waits for the disk alone. */
const SIDES = [
  { workers: 1, jobs: 200 },
  { workers: 8, jobs: 1_000, goal: "at least 150/s" },
  { workers: 8, jobs: 20_000 },
];
const LANES = 20;
const WARM_UP = 200;

export async function drain({ client, startService }: Bench): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { workers, jobs, goal } of SIDES) {
    const server = startService();
    const place = await server.call("open", { pace: { steps: 0, stepMs: 0 }, workers });
    await client.call("drain", { place, jobs: WARM_UP, lanes: LANES });
    const before = await server.call("memory", undefined);
    const { perSecond, p50, p99 } = await client.call("drain", { place, jobs, lanes: LANES });
    const after = await server.call("memory", undefined);
    await server.end();
    const what = `${whole(jobs)} jobs drained by ${workers === 1 ? "1 worker" : `${workers} workers`}, engine without work`;
    const mb = ({ resident }: { readonly resident: number }) => whole(resident / 2 ** 20);
    rows.push(
      { what, measured: `${whole(perSecond)}/s`, ...(goal && { goal }) },
      {
        what: "the same: a submit with 20 at a time; resident memory before and after",
        measured: `p50 ${ms(p50)}, p99 ${ms(p99)}; ${mb(before)} and ${mb(after)} MB`,
      },
    );
  }
  return rows;
}
