import fc from "fast-check";
import { expect, test } from "vitest";
import type { Item } from "../../../infra/aws/clients/dynamo-calls.ts";
import { parseRecord, toAge, toItem } from "../../../infra/aws/item.ts";
import { awsJobStore } from "../../../infra/aws/job-store.ts";
import { dynamo, newTable, onMoto } from "../../support/aws/moto-resources.ts";
import { largestRecord } from "../../support/jobs/largest.ts";
import { createRecord as anyRecord } from "../../support/jobs/records.ts";
import { randomOf } from "../../support/random.ts";

const ITEM_BYTES = 400 * 1024;

/** Size as DynamoDB counts it: names and values. A number takes one byte per two digits, and one or two more. */
const bytesOf = (item: Item) =>
  Object.entries(item).reduce(
    (sum, [name, { S, N, B }]) =>
      sum + name.length + Buffer.byteLength(S ?? "") + (N?.length ?? 0) + Buffer.byteLength(B ?? "", "base64"),
    0,
  );

/** A record as long as limits.ts permits, of text that hardly compresses. */
function denseRecord() {
  const random = randomOf(1);
  const dense = (length: number) =>
    Array.from({ length }, () => String.fromCharCode(0xa0 + Math.floor(random() * 0x760))).join("");
  const bare = Buffer.byteLength(JSON.stringify(anyRecord({ fingerprint: "" })));
  return anyRecord({ fingerprint: dense(Math.floor((ITEM_BYTES - bare) / 2)) });
}

test("a record of maximum length fits into an item, whatever its text", () => {
  const record = denseRecord();
  expect(Buffer.byteLength(JSON.stringify(record))).toBeGreaterThan(ITEM_BYTES - 3);
  expect(bytesOf(toItem(record, "w".repeat(36), 0))).toBeLessThan(0.95 * ITEM_BYTES);
});

test("the events of a long job shrink to less than a tenth in an item", () => {
  const { drawn, ...rest } = largestRecord();
  const bare = { ...rest, drawn: drawn.map(({ embedding: _, ...picture }) => picture) };
  const whole = Buffer.byteLength(JSON.stringify(bare));
  expect(bytesOf(toItem(bare, "w", 0))).toBeLessThan(whole / 10);
});

test("an item is refused if its record is too large for a store", () => {
  const record = anyRecord({ fingerprint: "f".repeat(ITEM_BYTES) });
  expect(() => toItem(record, "w", 0)).toThrow("A record has at most 409600 bytes");
});

test("ages sort as text like (createdAt, id)", () => {
  const place = fc.record({ createdAt: fc.maxSafeNat(), id: fc.stringMatching(/^[0-9a-z-]{1,26}$/) });
  const order = (a: number | string, b: number | string) => (a < b ? -1 : a > b ? 1 : 0);
  fc.assert(
    fc.property(place, place, (a, b) => {
      expect(order(toAge(a), toAge(b))).toBe(order(a.createdAt, b.createdAt) || order(a.id, b.id));
    }),
  );
});

onMoto("an item", () => {
  test.each([
    ["largest", largestRecord],
    ["densest", denseRecord],
  ])("of the %s record is stored and read back unchanged", async (_, make) => {
    const store = awsJobStore(dynamo, { table: await newTable(), retentionMs: 0 });
    const record = make();
    expect(await store.create(record)).toBe(true);
    expect(await store.get(record.id)).toEqual(JSON.parse(JSON.stringify(record)));
    expect(parseRecord(toItem(record, "w", 0))).toEqual(JSON.parse(JSON.stringify(record)));
  });
});
