// The events of all jobs of an owner, over any store: at least once, each job's in order, and none lost by a reader that
// resumes after every few of them.
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { jobId } from "../../infra/jobs/identity.ts";
import { isTerminal, type JobRecord } from "../../infra/jobs/job.ts";
import { formatPosition, type OwnerPosition, parsePosition } from "../../infra/jobs/owner-position.ts";
import * as transitions from "../../infra/jobs/transitions.ts";
import { compareAndSwap } from "../../infra/jobs/update.ts";
import { eventsAfter, type OwnerEvent, startOfEvents, watchOwner } from "../../infra/jobs/watch-owner.ts";
import type { JobStore } from "../../infra/ports.ts";
import { accepted, picture } from "../support/jobs/builders.ts";
import { randomOf } from "../support/random.ts";

type OpenStore = () => Promise<{ readonly store: JobStore; readonly close: () => Promise<void> }>;

const PATIENCE_MS = 30_000;
const MINUTE_MS = 60_000;

export function contractOfOwnerEvents(name: string, open: OpenStore): void {
  describe(`the events of all jobs: ${name}`, { timeout: PATIENCE_MS }, () => {
    let store: JobStore;
    let close: () => Promise<void>;
    let owner: string;
    beforeEach(async () => {
      ({ store, close } = await open());
      owner = randomUUID();
    });
    afterEach(() => close());

    const create = async (change: { readonly owner?: string; readonly at?: number } = {}): Promise<string> => {
      const record = accepted({ id: jobId(owner), pictures: 9, owner: change.owner ?? owner }, change.at ?? Date.now());
      expect(await store.create(record)).toBe(true);
      return record.id;
    };
    const change = (id: string, transition: (job: JobRecord, now: number) => JobRecord | undefined) =>
      compareAndSwap(store, id, (job) => transition(job, Date.now()));
    const lease = (id: string) => change(id, (job, now) => transitions.lease(job, "w", now));
    const cancel = (id: string) => change(id, transitions.cancel);
    const draw = (id: string, index: number) =>
      change(id, (job, now) => transitions.addPicture(job, 1, picture(index, id), now));
    const start = (since?: number) => startOfEvents(store, owner, Date.now(), since);

    /** The events after `position` until `count` of them came, and the place after them, as a client sends it. */
    const read = async (position: OwnerPosition, count: number) => {
      const events: OwnerEvent[] = [];
      const stream = watchOwner(store, owner, position);
      while (events.length < count) events.push((await stream.next()).value!);
      await stream.return();
      return { events, position: parsePosition(formatPosition(events.at(-1)!.position))! };
    };
    const names = (events: readonly OwnerEvent[]) => events.map(({ record, event }) => `${record.id} ${event.seq}`);
    const past = async (position: OwnerPosition) => {
      const found: OwnerEvent[] = [];
      for await (const event of eventsAfter(store, owner, position)) found.push(event);
      return names(found);
    };

    test.each([1, 2, 3])(
      "come once each to a reader that resumes, those of each job in order (seed %i)",
      async (seed) => {
        const random = randomOf(seed);
        const other = randomUUID();
        const first = await create();
        let position = await start();
        const ids = [first];
        let written = false;
        const write = async () => {
          for (let step = 0; step < 60; step++) {
            const id = ids[Math.floor(random() * ids.length)]!;
            const drawn = random();
            if (ids.length < 6 && drawn < 0.25) ids.push(await create());
            else if (drawn < 0.35) await create({ owner: other });
            else if (drawn < 0.6) await lease(id);
            else if (drawn < 0.9) await draw(id, Math.floor(random() * 9));
            else await cancel(id);
          }
          for (const id of ids) await cancel(id);
          ids.push(await create());
          written = true;
          await cancel(ids.at(-1)!);
        };
        const writing = write();
        const seen: OwnerEvent[] = [];
        const complete = async () => {
          if (!written) return false;
          const records = await Promise.all(ids.map(async (id) => (await store.get(id))!));
          return (
            records.every(isTerminal) && seen.length >= records.reduce((sum, { events }) => sum + events.length, 0)
          );
        };
        while (!(await complete())) {
          const stream = watchOwner(store, owner, position);
          for (let left = 1 + Math.floor(random() * 4); left > 0 && !(await complete()); left--) {
            seen.push((await stream.next()).value!);
          }
          await stream.return();
          position = parsePosition(formatPosition(seen.at(-1)!.position))!;
        }
        await writing;
        for (const id of ids) {
          const own = seen.filter(({ record }) => record.id === id).map(({ event }) => event);
          expect(own).toEqual((await store.get(id))!.events);
        }
        expect(new Set(seen.map(({ record }) => record.owner))).toEqual(new Set([owner]));
        expect(await past(position)).toEqual([]);
      },
    );

    test("begin with the active jobs, the last minute, and what was created since a time", async () => {
      const now = Date.now();
      const [active, old, recent] = [
        await create({ at: now - 60 * MINUTE_MS }),
        await create({ at: now - 50 * MINUTE_MS }),
        await create({ at: now - MINUTE_MS / 2 }),
      ];
      await cancel(old);
      await cancel(recent);
      const [activeEvents, oldEvents, recentEvents] = [
        [`${active} 1`],
        [`${old} 1`, `${old} 2`],
        [`${recent} 1`, `${recent} 2`],
      ];
      expect(await past(await start())).toEqual([...activeEvents, ...recentEvents]);
      expect(await past(await start(now - 50 * MINUTE_MS))).toEqual([...activeEvents, ...oldEvents, ...recentEvents]);
      expect(await past(await start(now + 1))).toEqual(activeEvents);
    });

    test("name the jobs that are active or new, and no deleted one", async () => {
      const [deleted, left] = [await create({ at: Date.now() - 1_000 }), await create()];
      const { position } = await read(await start(), 2);
      expect([...position.active]).toEqual([
        [deleted, 1],
        [left, 1],
      ]);
      expect(await store.remove((await store.get(deleted))!)).toBe(true);
      await lease(left);
      const next = await read(position, 1);
      expect(names(next.events)).toEqual([`${left} 2`]);
      expect([...next.position.active]).toEqual([[left, 2]]);
      await cancel(left);
      const ended = await read(next.position, 1);
      expect([[...ended.position.active], [...ended.position.ended.keys()]]).toEqual([[], [left]]);
    });

    test("show a change while the reader waits, and end when they are aborted", async () => {
      const abort = new AbortController();
      const stream = watchOwner(store, owner, await start(), abort.signal);
      const pending = stream.next();
      const id = await create();
      expect((await pending).value).toMatchObject({ event: { type: "QUEUED" }, record: { id } });
      const next = stream.next();
      abort.abort();
      expect(await next).toEqual({ done: true, value: undefined });
    });

    test("of an owner wake its listeners, until they stop", async () => {
      const woken: (JobRecord | undefined)[] = [];
      const stop = store.listenOwner(owner, (record) => woken.push(record));
      const id = await create();
      await create({ owner: randomUUID() });
      await expect.poll(() => woken.length, { timeout: 10_000 }).toBeGreaterThan(0);
      stop();
      const before = woken.length;
      await cancel(id);
      expect(woken).toHaveLength(before);
      for (const record of woken) if (record) expect(record.id).toBe(id);
    });
  });
}
