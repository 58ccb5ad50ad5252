import { expect, test } from "vitest";
import { dynamoClient } from "../../../infra/aws/clients/dynamo.ts";
import type { Item } from "../../../infra/aws/clients/dynamo-calls.ts";
import { parseRecord, recordKey, toItem } from "../../../infra/aws/item.ts";
import { merged, wantedRecords } from "../../../infra/aws/rows.ts";
import type { JobRecord } from "../../../infra/jobs/job.ts";
import { stubbedClient } from "../../support/aws/stubbed-client.ts";
import { createRecord } from "../../support/jobs/records.ts";

async function* sourceOf<Row>(...rows: readonly Row[]): AsyncGenerator<Row, void, undefined> {
  yield* rows;
}

const all = async <Row>(rows: AsyncGenerator<Row>) => {
  const found: Row[] = [];
  for await (const row of rows) found.push(row);
  return found;
};

test("merged yields the rows of sorted sources in order", async () => {
  const sources = [sourceOf(1, 4, 9), sourceOf<number>(), sourceOf(2, 3, 10), sourceOf(0)];
  expect(await all(merged(sources, (a, b) => a - b))).toEqual([0, 1, 2, 3, 4, 9, 10]);
});

const answer = (records: readonly JobRecord[], left: readonly string[] = []) => ({
  status: 200,
  body: JSON.stringify({
    Responses: { t: records.map((record) => toItem(record, "w", 0)) },
    UnprocessedKeys: left.length > 0 ? { t: { Keys: left.map(recordKey) } } : {},
  }),
});
const [a, b, c] = ["a", "b", "c"].map((id) => createRecord({ id })) as [JobRecord, JobRecord, JobRecord];
const found = (...ids: readonly string[]): AsyncGenerator<Item, void, undefined> => sourceOf(...ids.map(recordKey));

const read = async (item: Item) => parseRecord(item);

test("a batch read requests missing records again, and keeps the index's order", async () => {
  const { client, requests } = stubbedClient(dynamoClient, [
    answer([c], ["a", "b"]),
    answer([], ["a", "b"]),
    answer([b, a]),
  ]);
  expect(await wantedRecords({ client, table: "t", read }, found("a", "b", "c"), 10, () => true)).toEqual([a, b, c]);
  expect(requests).toHaveLength(3);
});

test("a batch read fails after repeated empty responses", async () => {
  const { client } = stubbedClient(dynamoClient, Array(6).fill(answer([], ["a"])));
  await expect(wantedRecords({ client, table: "t", read }, found("a"), 1, () => true)).rejects.toThrow(
    "none of 1 records",
  );
});

test("a page is filled although rows name records that are gone, repeated or unwanted", async () => {
  const { client } = stubbedClient(dynamoClient, [answer([a]), answer([b]), answer([c])]);
  const rows = found("gone", "a", "a", "b", "c");
  expect(await wantedRecords({ client, table: "t", read }, rows, 2, ({ id }) => id !== "b")).toEqual([a, c]);
});
