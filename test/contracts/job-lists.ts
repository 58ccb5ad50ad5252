// The contract of JobStore's `list`. Reads that may lag are polled.
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { JobRecord } from "../../infra/jobs/job.ts";
import type { JobPage, JobStore } from "../../infra/ports.ts";
import { createRecord, nextVersion } from "../support/jobs/records.ts";

const PATIENCE = { timeout: 10_000, interval: 50 };

/** The store may hold records of other tests. */
type OpenStore = () => Promise<{ readonly store: JobStore; readonly close: () => Promise<void> }>;

export function contractOfJobLists(name: string, open: OpenStore): void {
  describe(`the lists of a job store: ${name}`, () => {
    let store: JobStore;
    let close: () => Promise<void>;
    let owner: string;
    beforeEach(async () => {
      ({ store, close } = await open());
      owner = randomUUID();
    });
    afterEach(() => close());

    const create = async (...changes: Partial<JobRecord>[]): Promise<JobRecord[]> => {
      const records = changes.map((change) => createRecord({ owner, ...change }));
      for (const record of records) expect(await store.create(record)).toBe(true);
      return records;
    };
    const ids = (records: readonly JobRecord[]) => records.map(({ id }) => id);
    const listed = (page: JobPage) => expect.poll(async () => ids(await store.list(owner, page)), PATIENCE);

    test("lists an owner's jobs newest first, then by descending id", async () => {
      const at = [2_000, 3_000, 3_000, 3_000, 4_000];
      const records = await create(...at.map((createdAt, index) => ({ createdAt, id: `${owner}-${index}` })));
      await create({ owner: randomUUID(), createdAt: 5_000 });
      await listed({ first: 10 }).toEqual(ids(records).reverse());
    });

    test("lists pages without gaps or duplicates", async () => {
      const records = await create(
        ...[1, 2, 2, 2, 3].map((createdAt, index) => ({ createdAt, id: `${owner}-${index}` })),
      );
      await listed({ first: 10 }).toHaveLength(5);
      const pages: string[] = [];
      for (let after: JobPage["after"], size = -1; size !== 0; ) {
        const page: readonly JobRecord[] = await store.list(owner, { first: 2, after });
        pages.push(...ids(page));
        after = page.at(-1);
        size = page.length;
      }
      expect(pages).toEqual(ids(records).reverse());
    });

    test("lists jobs of given statuses in full pages", async () => {
      const statuses = ["SUCCEEDED", "RUNNING", "CANCELED", "QUEUED", "RUNNING", "SUCCEEDED"] as const;
      const records = await create(...statuses.map((status, index) => ({ status, createdAt: index + 1 })));
      const alive = ids(records.filter(({ status }) => status === "RUNNING" || status === "QUEUED")).reverse();
      await listed({ first: 10, status: ["RUNNING", "QUEUED"] }).toEqual(alive);
      await listed({ first: 2, status: ["RUNNING", "QUEUED"] }).toEqual(alive.slice(0, 2));
      await listed({ first: 2, status: ["RUNNING", "QUEUED"], after: records[4] }).toEqual(alive.slice(1));
      await listed({ first: 10, status: ["EXPIRED"] }).toEqual([]);
    });

    test("lists the jobs between two cursors, from either end", async () => {
      const records = await create(...[1, 2, 2, 3, 4, 5].map((createdAt, i) => ({ createdAt, id: `${owner}-${i}` })));
      const newest = ids(records).reverse();
      await listed({ first: 10 }).toEqual(newest);
      await listed({ first: 2, fromEnd: true }).toEqual(newest.slice(4));
      await listed({ first: 10, before: records[2] }).toEqual(newest.slice(0, 3));
      await listed({ first: 2, fromEnd: true, before: records[2] }).toEqual(newest.slice(1, 3));
      await listed({ first: 10, after: records[5], before: records[0] }).toEqual(newest.slice(1, 5));
      await listed({ first: 1, after: records[5], before: records[0] }).toEqual(newest.slice(1, 2));
      await listed({ first: 10, after: records[0] }).toEqual([]);
    });

    test("lists jobs of given kinds, and with or without a star", async () => {
      const of = (kind: string, starred?: true) => ({
        request: { kind } as JobRecord["request"],
        status: "SUCCEEDED" as const,
        drawn: [{ index: 0, key: "k", size: 64, seed: 1, ...(starred && { starred }) }],
      });
      const [a, b, c] = await create(
        ...[of("generate", true), of("variations"), of("generate")].map((change, i) => ({
          ...change,
          createdAt: i + 1,
        })),
      );
      await listed({ first: 10, kind: ["generate"] }).toEqual(ids([c!, a!]));
      await listed({ first: 1, kind: ["generate"], status: ["SUCCEEDED"], after: c }).toEqual(ids([a!]));
      await listed({ first: 10, kind: ["variations", "manipulate"] }).toEqual(ids([b!]));
      await listed({ first: 10, starred: true }).toEqual(ids([a!]));
      await listed({ first: 10, starred: false, kind: ["generate"] }).toEqual(ids([c!]));
      const [picture] = c!.drawn;
      await store.replace(c!, nextVersion(c!, { drawn: [{ ...picture!, starred: true }] }));
      await listed({ first: 10, starred: true }).toEqual(ids([c!, a!]));
    });
  });
}
