import { describe, expect, test } from "vitest";
import {
  advance,
  formatPosition,
  parsePosition,
  positionBefore,
  undelivered,
  VISIBILITY_LAG_MS,
} from "../../../infra/jobs/owner-position.ts";
import * as transitions from "../../../infra/jobs/transitions.ts";
import { watchOwner } from "../../../infra/jobs/watch-owner.ts";
import { contractOfOwnerEvents } from "../../contracts/owner-events.ts";
import { accepted, START } from "../../support/jobs/builders.ts";
import { MemoryStore } from "../../support/jobs/in-memory-adapters.ts";

contractOfOwnerEvents("memory", async () => ({ store: new MemoryStore(), close: async () => {} }));

const canceled = (id: string, at: number) => transitions.cancel(accepted({ id }, at), at)!;

describe("a place among the events of all jobs", () => {
  const position = {
    since: START,
    active: new Map([
      ["a", 0],
      ["b", 412],
    ]),
    ended: new Map([["c", START + 5]]),
  };

  test("survives being sent to a client", () => {
    expect(parsePosition(formatPosition(position))).toEqual(position);
  });

  test.each(
    [
      [
        "",
        "text of no form",
        "~",
        "x~a.1",
        "1~a",
        "1~a.x",
        "1~A.1",
        "1~a.1~",
        "12345678901234567~a.1",
        `1~${"a".repeat(65)}.1`,
      ],
    ].flat(),
  )("is refused as %o", (text) => {
    expect(parsePosition(Buffer.from(text).toString("base64url"))).toBeUndefined();
  });

  test("names an ended job only while older jobs may still appear", () => {
    const first = canceled("first", START);
    const later = canceled("later", START + VISIBILITY_LAG_MS + 1);
    let current = positionBefore([], START);
    for (const record of [first, later]) {
      for (const { seq } of undelivered(current, record)) current = advance(current, record, seq);
      expect(undelivered(current, record)).toEqual([]);
    }
    expect([...current.ended.keys()]).toEqual(["later"]);
    expect(undelivered(current, first)).toEqual([]);
    // Accepted before `later`, and visible after it.
    expect(undelivered(current, canceled("late", START + 5))).toHaveLength(2);
    // A job that is active is never over, however old it is.
    expect(undelivered(current, accepted({ id: "old" }, START - 1e9))).toHaveLength(1);
  });
});

test("a reader that takes nothing holds few records, and misses none", async () => {
  const store = new MemoryStore();
  const stream = watchOwner(store, "ada", positionBefore([], START));
  await store.create(accepted({ id: "first" }));
  expect((await stream.next()).value?.record.id).toBe("first");
  const ids = Array.from({ length: 100 }, (_, index) => `job${index}`);
  for (const id of ids) await store.create(accepted({ id }));
  const seen: string[] = [];
  while (seen.length < ids.length) seen.push((await stream.next()).value!.record.id);
  expect(seen.sort()).toEqual(ids.sort());
  await stream.return();
  expect(store.listeners.size).toBe(0);
});
