// Which pictures a search finds, in which order. A picture here is a direction in a plane, and so is what is looked for.
import { beforeEach, expect, it } from "vitest";
import { toStoredEmbedding } from "../../../infra/jobs/embedding.ts";
import type { JobRecord } from "../../../infra/jobs/job.ts";
import { DAY_MS } from "../../../infra/jobs/keys.ts";
import { SEARCHED_DAYS, SEARCHED_JOBS, search } from "../../../infra/jobs/search.ts";
import { picture, START } from "../../support/jobs/builders.ts";
import { MemoryStore } from "../../support/jobs/in-memory-adapters.ts";
import { createRecord } from "../../support/jobs/records.ts";

const vectorAt = (degrees: number) => {
  const angle = (degrees / 180) * Math.PI;
  return Float32Array.of(Math.cos(angle), Math.sin(angle));
};
const query = { clip: "c", vector: vectorAt(0) };

let store: MemoryStore;
let made: number;
beforeEach(() => {
  store = new MemoryStore();
  made = 0;
});

/** A job, newer than those before, that drew a picture at each of the angles. */
async function job(id: string, degrees: readonly number[], change: Partial<JobRecord> = {}, clip = "c"): Promise<void> {
  const drawn = degrees.map((angle, index) => {
    return { ...picture(index, id), embedding: toStoredEmbedding({ clip, vector: vectorAt(angle) }) };
  });
  await store.create(
    createRecord({ id, owner: "ada", status: "SUCCEEDED", drawn, createdAt: START + made++, ...change }),
  );
}

/** "<job>/<picture>" of what ada finds. */
async function found(first = 100, now = START + 1): Promise<string[]> {
  const matches = await search(store, "ada", { query, first, now });
  return matches.map(({ job: { id }, picture: { index } }) => `${id}/${index}`);
}

it("a search in an empty store finds nothing", async () => {
  expect(await found()).toEqual([]);
});

it("the best matches of all jobs come first, up to the limit", async () => {
  await job("a", [40, 10, 170]);
  await job("b", [20, 80]);
  expect(await found()).toEqual(["a/1", "b/0", "a/0", "b/1", "a/2"]);
  expect(await found(2)).toEqual(["a/1", "b/0"]);
  const scores = (await search(store, "ada", { query, first: 9, now: START })).map(({ score }) => score);
  [10, 20, 40, 80, 170].forEach((angle, i) => {
    expect(scores[i]).toBeCloseTo(Math.cos((angle / 180) * Math.PI), 2);
  });
});

it("of equal matches the newer job comes first, and a job's pictures keep their order", async () => {
  await job("old", [30, 30]);
  await job("new", [30, 30]);
  expect(await found()).toEqual(["new/0", "new/1", "old/0", "old/1"]);
});

it("a search sees only the owner's own succeeded jobs", async () => {
  await job("hers", [0], { owner: "bob" });
  await job("failed", [0], { status: "FAILED" });
  await job("running", [0], { status: "RUNNING" });
  await job("mine", [90]);
  expect(await found()).toEqual(["mine/0"]);
});

it("a search skips pictures of another CLIP or without an embedding", async () => {
  await job("another", [0], {}, "d");
  await job("none", [], { drawn: [picture(0, "none")] });
  await job("same", [90]);
  expect(await found()).toEqual(["same/0"]);
});

it("a search omits pictures that may be deleted already", async () => {
  const kept = SEARCHED_DAYS * DAY_MS;
  await job("old", [0]);
  await job("young", [90]);
  expect(await found(9, START + kept - 1)).toEqual(["old/0", "young/0"]);
  expect(await found(9, START + kept)).toEqual(["young/0"]);
  expect(await found(9, START + kept + 1)).toEqual([]);
});

it("a search reads the newest jobs page by page, each once, up to its limit", async () => {
  await job("too old", [0]);
  for (let i = 1; i < SEARCHED_JOBS; i++) await job(`${i}`, [90]);
  await job("newest", [45]);
  const all = await found(SEARCHED_JOBS + 9);
  expect(all).toHaveLength(SEARCHED_JOBS);
  expect(new Set(all).size).toBe(SEARCHED_JOBS);
  expect(all[0]).toBe("newest/0");
  expect(all).not.toContain("too old/0");
});
