import { expect, test } from "vitest";
import { createLruCache } from "../../../infra/util/lru-cache.ts";

test("the cache evicts the least recently used values until the rest fits", () => {
  const held = createLruCache<string>(10);
  held.set("a", "A", 4);
  held.set("b", "B", 4);
  expect(held.get("a")).toBe("A");
  expect(held.set("c", "C", 3)).toBe("C");
  expect(["a", "b", "c"].map(held.get)).toEqual(["A", undefined, "C"]);
  held.set("d", "D", 11);
  expect(["a", "c", "d"].map(held.get)).toEqual([undefined, undefined, undefined]);
});

test("a replaced or deleted value no longer counts towards the weight", () => {
  const held = createLruCache<string>(10);
  for (let times = 0; times < 3; times++) held.set("a", `A${times}`, 6);
  held.set("b", "B", 4);
  expect([held.get("a"), held.get("b")]).toEqual(["A2", "B"]);
  held.delete("a");
  held.delete("a");
  held.set("c", "C", 6);
  expect([held.get("b"), held.get("c")]).toEqual(["B", "C"]);
  held.clear();
  held.set("d", "D", 10);
  expect([held.get("b"), held.get("d")]).toEqual([undefined, "D"]);
});
