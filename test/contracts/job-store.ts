// The contract of JobStore, exactly as infra/ports.ts states it: reads that may lag are polled.
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { JobRecord } from "../../infra/jobs/job.ts";
import type { JobPage, JobStore } from "../../infra/ports.ts";
import { createRecord, nextVersion } from "../support/jobs/records.ts";
import { contractOfJobLists } from "./job-lists.ts";

/** The store may hold records of other tests. */
type OpenStore = () => Promise<{
  readonly store: JobStore;
  /** Makes the stored record unreadable. */
  readonly damage: (id: string) => Promise<void>;
  readonly close: () => Promise<void>;
}>;

const PATIENCE = { timeout: 10_000, interval: 50 };
/** Before every record of other tests: what is due or forgotten first is ours. */
const LONG_AGO = 1_000;

export function contractOfJobStore(name: string, open: OpenStore): void {
  contractOfJobLists(name, open);
  describe(`the contract of a job store: ${name}`, () => {
    let store: JobStore;
    let damage: (id: string) => Promise<void>;
    let close: () => Promise<void>;
    let owner: string;
    beforeEach(async () => {
      ({ store, damage, close } = await open());
      owner = randomUUID();
    });
    afterEach(() => close());

    const create = async (...changes: Partial<JobRecord>[]): Promise<JobRecord[]> => {
      const records = changes.map((change) => createRecord({ owner, ...change }));
      for (const record of records) expect(await store.create(record)).toBe(true);
      return records;
    };
    const ids = (records: readonly JobRecord[]) => records.map(({ id }) => id);
    const own = (records: readonly JobRecord[]) => records.filter((record) => record.owner === owner);
    const listed = (page: JobPage) => expect.poll(async () => ids(await store.list(owner, page)), PATIENCE);

    test("returns a record as it was written", async () => {
      const prompt = 'a "quoted" \\ line\nand 雨 🚤 \u0000';
      const request = { kind: "generate", prompt, count: 1 } as JobRecord["request"];
      const failure = { code: "INTERNAL", message: "", retryable: false } as const;
      const [record] = await create({ request, failure, lease: undefined, wakeAt: 5 });
      expect(await store.get(record!.id)).toEqual(record);
    });

    test("returns nothing for an unknown id", async () => {
      expect(await store.get(randomUUID())).toBeUndefined();
    });

    test("returns a record to its owner only, if an owner is named", async () => {
      const [record] = await create({});
      expect(await store.get(record!.id, owner)).toEqual(record);
      expect(await store.get(record!.id, randomUUID())).toBeUndefined();
      expect(await store.get(randomUUID(), owner)).toBeUndefined();
    });

    test("stores a long record", async () => {
      const stage = "s".repeat(700);
      const event = { type: "PROGRESS", stage, picture: 0, pictures: 1, step: 1, steps: 2, at: 1 } as const;
      const events = Array.from({ length: 400 }, (_, index) => ({ ...event, seq: index + 1 }));
      const [record] = await create({ events });
      expect(await store.get(record!.id)).toEqual(record);
    });

    test("creates an id once, and keeps the first record", async () => {
      const [record] = await create({});
      expect(await store.create({ ...record!, owner: "ben" })).toBe(false);
      expect(await store.get(record!.id)).toEqual(record);
    });

    test("lets exactly one of concurrent creates succeed", async () => {
      const id = randomUUID();
      const rivals = Array.from({ length: 10 }, (_, index) => createRecord({ id, owner, pictures: index + 1 }));
      const won = await Promise.all(rivals.map((rival) => store.create(rival)));
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await store.get(id)).toEqual(rivals[won.indexOf(true)]);
    });

    test("replaces only the version that the write is based on", async () => {
      const [first] = await create({});
      const second = nextVersion(first!, { status: "RUNNING" });
      expect(await store.replace(first!, second)).toBe(true);
      expect(await store.get(first!.id)).toEqual(second);
      expect(await store.replace(first!, nextVersion(first!, { status: "CANCELED" }))).toBe(false);
      expect(await store.get(first!.id)).toEqual(second);
    });

    test("lets exactly one of concurrent replacements succeed", async () => {
      const [first] = await create({});
      const rivals = Array.from({ length: 10 }, (_, index) => nextVersion(first!, { attempt: index + 1 }));
      const won = await Promise.all(rivals.map((rival) => store.replace(first!, rival)));
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await store.get(first!.id)).toEqual(rivals[won.indexOf(true)]);
    });

    test("does not replace a missing record", async () => {
      const record = createRecord({ owner });
      expect(await store.replace(record, nextVersion(record))).toBe(false);
      expect(await store.get(record.id)).toBeUndefined();
    });

    test("removes a record only in the version that is known", async () => {
      const [first, other] = await create({}, {});
      const second = nextVersion(first!);
      await store.replace(first!, second);
      expect(await store.remove(first!)).toBe(false);
      expect(await store.get(first!.id)).toEqual(second);
      expect(await store.remove(second)).toBe(true);
      expect(await store.get(first!.id)).toBeUndefined();
      expect(await store.remove(second)).toBe(false);
      await listed({ first: 10 }).toEqual([other!.id]);
    });

    test("counts the pictures of an owner's active jobs", async () => {
      const [queued] = await create(
        { pictures: 3 },
        { pictures: 4, status: "RUNNING" },
        { pictures: 8, status: "FAILED" },
      );
      await create({ owner: randomUUID(), pictures: 16 });
      await expect.poll(() => store.picturesInFlight(owner), PATIENCE).toBe(7);
      await store.replace(queued!, nextVersion(queued!, { status: "CANCELED", endedAt: 2_000 }));
      await expect.poll(() => store.picturesInFlight(owner), PATIENCE).toBe(4);
      expect(await store.picturesInFlight(randomUUID())).toBe(0);
    });

    test("lists due records, the longest overdue first", async () => {
      const at = LONG_AGO;
      const [, early, first] = await create({ wakeAt: at + 3 }, { wakeAt: at + 2 }, { wakeAt: at + 1 }, {});
      const due = (limit: number) => expect.poll(async () => ids(own(await store.due(at + 2, limit))), PATIENCE);
      await due(1_000).toEqual(ids([first!, early!]));
      await due(1).toEqual(ids([first!]));
      await store.replace(first!, nextVersion(first!, { wakeAt: undefined }));
      await due(1_000).toEqual(ids([early!]));
      for (const record of own(await store.due(Number.MAX_SAFE_INTEGER, 1_000))) {
        await store.replace(record, nextVersion(record, { wakeAt: undefined }));
      }
    });

    test("lists due webhooks apart from deadlines, and at most some of each owner", async () => {
      const ended = { status: "CANCELED", endedAt: LONG_AGO, owner: randomUUID() } as const;
      const at = LONG_AGO + 10;
      const backlog = await create(...Array.from({ length: 9 }, (_, index) => ({ ...ended, wakeAt: at + index })));
      const [other, active] = await create({ ...ended, owner, wakeAt: at + 50 }, { wakeAt: at });
      const owners = [owner, ended.owner];
      const due = async (total: number, perOwner: number) => {
        const found = await store.dueWebhooks(at + 100, { total, perOwner });
        return ids(found.filter((record) => owners.includes(record.owner))).sort();
      };
      await expect.poll(() => due(1_000, 2), PATIENCE).toEqual(ids([...backlog.slice(0, 2), other!]).sort());
      await expect.poll(() => due(1_000, 20), PATIENCE).toEqual(ids([...backlog, other!]).sort());
      expect(await store.dueWebhooks(at - 1, { total: 9, perOwner: 9 })).toEqual([]);
      await expect.poll(async () => ids(own(await store.due(at + 100, 1_000))), PATIENCE).toEqual([active!.id]);
      await store.replace(other!, nextVersion(other!, { wakeAt: undefined }));
      await expect.poll(() => due(1_000, 1), PATIENCE).toEqual([backlog[0]!.id]);
      for (const record of [...backlog, active!]) {
        await store.replace(record, nextVersion(record, { wakeAt: undefined }));
      }
    });

    test("sets a damaged record aside, and answers for all others", async () => {
      const active = { wakeAt: LONG_AGO };
      const ended = { status: "FAILED", endedAt: LONG_AGO, wakeAt: LONG_AGO } as const;
      const [broken, sound, brokenEnd, soundEnd] = await create(active, active, ended, ended);
      await damage(broken!.id);
      await damage(brokenEnd!.id);
      expect(ids(own(await store.due(LONG_AGO, 1_000)))).toEqual([sound!.id]);
      const webhooks = await store.dueWebhooks(LONG_AGO, { total: 1_000, perOwner: 10 });
      expect(ids(own(webhooks))).toEqual([soundEnd!.id]);
      await listed({ first: 10 }).toEqual([sound!.id, soundEnd!.id].sort().reverse());
      expect(await store.get(broken!.id)).toBeUndefined();
      expect(await store.get(broken!.id, owner)).toBeUndefined();
      expect(await store.replace(broken!, nextVersion(broken!))).toBe(false);
      await expect.poll(() => store.picturesInFlight(owner), PATIENCE).toBe(sound!.pictures);
      // The id is free again, for a repeated request with the same idempotency key.
      expect(await store.create(broken!)).toBe(true);
      expect(await store.get(broken!.id)).toEqual(broken);
      for (const record of [broken!, sound!, soundEnd!]) {
        await store.replace(record, nextVersion(record, { wakeAt: undefined }));
      }
    });

    test("calls a listener only for its record, and only until it stops", async () => {
      const [first, other] = await create({}, {});
      const notified: (JobRecord | undefined)[] = [];
      const stop = store.listen(first!.id, (record) => notified.push(record));
      const second = nextVersion(first!, { status: "RUNNING" });
      await store.replace(first!, second);
      await store.replace(other!, nextVersion(other!));
      await store.replace(first!, nextVersion(first!, { status: "FAILED" }));
      stop();
      const before = notified.length;
      await store.replace(second, nextVersion(second, { status: "SUCCEEDED" }));
      expect(notified).toHaveLength(before);
      for (const record of notified) if (record) expect(record).toEqual(second);
    });

    test("deletes only jobs that ended before the given time", async () => {
      const ended = { status: "SUCCEEDED", endedAt: LONG_AGO } as const;
      const [old, older, young, alive] = await create(ended, ended, { ...ended, endedAt: LONG_AGO + 1 }, {});
      let gone = 0;
      await expect.poll(async () => (gone += await store.forget(LONG_AGO + 1, 1)), PATIENCE).toBe(2);
      expect(await store.get(old!.id)).toBeUndefined();
      expect(await store.get(older!.id)).toBeUndefined();
      expect(await store.forget(LONG_AGO + 1, 10)).toBe(0);
      expect(ids((await Promise.all([young!, alive!].map(({ id }) => store.get(id)))) as JobRecord[])).toHaveLength(2);
    });
  });
}
