// The table's cost of one job: real records, created by the real transitions, with sizes as DynamoDB counts them.

import type { Item } from "../../../infra/aws/clients/dynamo-calls.ts";
import { toItem } from "../../../infra/aws/item.ts";
import { TABLE } from "../../../infra/aws/table.ts";
import type { JobRecord } from "../../../infra/jobs/job.ts";
import { DAY_MS } from "../../../infra/jobs/keys.ts";
import * as transitions from "../../../infra/jobs/transitions.ts";

export type Life = {
  readonly writes: number;
  /** Write units, of the table and of its indexes. */
  readonly units: number;
  /** Of these, the units that fall on one partition of the wake index. */
  readonly wakeUnits: number;
  readonly events: number;
  /** Bytes of the largest item. */
  readonly largest: number;
};

const KB = 1024;
const STEP_MS = 500;

/** `seconds` of drawing, reported twice a second, with a heartbeat every ten seconds. */
export function lifeOf(pictures: number, seconds: number): Life {
  let now = Date.UTC(2026, 10, 24);
  const start = now;
  let record = transitions.accept(
    {
      id: "01jdsimulated0000000000000",
      owner: "an-app",
      request: {
        kind: "generate",
        prompt: "a red apple on a blue background",
        count: pictures,
        size: 256,
        seed: 1,
      } as never,
      fingerprint: "f".repeat(64),
      pictures,
      startSeconds: 3_600,
      endSeconds: 7_200,
    },
    now,
  );
  const tally = { writes: 0, units: 0, wakeUnits: 0, largest: 0 };
  let before: Item | undefined;
  const write = (next: JobRecord | undefined) => {
    if (next === undefined) return;
    record = next;
    const item = toItem(record, "w".repeat(36), 30 * DAY_MS);
    tally.writes++;
    tally.units += units(item);
    tally.largest = Math.max(tally.largest, bytesOf(item));
    for (const index of Object.values(TABLE.indexes)) {
      const names = [index.partition.name, index.sort.name, ...index.projected];
      const moved = indexUnits(names, before, item);
      tally.units += moved;
      if (index === TABLE.indexes.byWake) tally.wakeUnits += moved;
    }
    before = item;
  };
  write(record);
  write(transitions.markSent(record, 0, start + 20));
  write(transitions.lease(record, "worker", start + 80));
  const picture = (index: number) => ({
    index,
    key: `pictures/${record.id}/${index}.png`,
    size: 256,
    seed: index,
    score: 0.3,
  });
  for (let step = 0, done = 0; step < (seconds * 1000) / STEP_MS; step++) {
    now = start + 80 + step * STEP_MS;
    const news = { stage: "decoder", picture: done, pictures, step: 1 + step, steps: 12 };
    write(
      transitions.progress(record, 1, { ...news, preview: `previews/${record.id}/decoder-${done}-${step}.png` }, now),
    );
    if (step > 0 && step % 20 === 0) write(transitions.heartbeat(record, 1, now));
    if (done < Math.floor((step * STEP_MS * pictures) / (seconds * 1000)))
      write(transitions.addPicture(record, 1, picture(done++), now));
  }
  const all = Array.from({ length: pictures }, (_, index) => picture(index));
  write(transitions.succeed(record, 1, all, { warnings: [], timings: [] } as never, now + STEP_MS));
  return { ...tally, events: record.events.length };
}

const bytesOf = (item: Item): number =>
  Object.entries(item).reduce(
    (sum, [name, { S, N, B = "" }]) => sum + name.length + (S?.length ?? N?.length ?? Buffer.byteLength(B, "base64")),
    0,
  );
const units = (item: Item): number => Math.ceil(bytesOf(item) / KB);

/** A row of an index is put, taken away, or both when its key changes; each is a unit, as small as it is. */
function indexUnits(names: readonly string[], before: Item | undefined, after: Item): number {
  const rowOf = (item: Item | undefined) => {
    if (item === undefined || names.slice(0, 2).some((name) => item[name] === undefined)) return undefined;
    return {
      key: JSON.stringify(names.slice(0, 2).map((name) => item[name])),
      all: JSON.stringify(names.map((name) => item[name])),
    };
  };
  const [old, next] = [rowOf(before), rowOf(after)];
  if (old?.all === next?.all) return 0;
  return old && next && old.key !== next.key ? 2 : 1;
}
