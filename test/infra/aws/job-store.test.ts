import { DescribeTimeToLiveCommand, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { beforeAll, expect, test, vi } from "vitest";
import { dynamoClient } from "../../../infra/aws/clients/dynamo.ts";
import { recordKey } from "../../../infra/aws/item.ts";
import { awsJobStore } from "../../../infra/aws/job-store.ts";
import { TABLE, WAKE_PARTITIONS } from "../../../infra/aws/table.ts";
import type { JobStore } from "../../../infra/ports.ts";
import { contractOfJobStore } from "../../contracts/job-store.ts";
import { slowMachine } from "../../support/aws/moto-clients.ts";
import { dynamo, dynamoSdk, newTable, onMoto, place } from "../../support/aws/moto-resources.ts";
import { LossyHttp, stubbedClient, textOf } from "../../support/aws/stubbed-client.ts";
import { createRecord, nextVersion } from "../../support/jobs/records.ts";

const KEPT_MS = 30 * 86_400_000;

onMoto("a job store in DynamoDB", () => {
  contractOfJobStore("AWS, on moto", async () => {
    const TableName = await newTable();
    const damage = async (id: string) => {
      await dynamo.call("UpdateItem", {
        TableName,
        Key: recordKey(id),
        UpdateExpression: "SET #record = :record",
        ExpressionAttributeNames: { "#record": "record" },
        ExpressionAttributeValues: { ":record": { B: Buffer.from("damaged").toString("base64") } },
      });
    };
    const store = awsJobStore(dynamo, { table: TableName, retentionMs: KEPT_MS });
    return { store, damage, close: async () => {} };
  });

  let table: string;
  let store: JobStore;
  beforeAll(async () => {
    table = await newTable();
    store = awsJobStore(dynamo, { table, retentionMs: KEPT_MS });
  });

  const itemOf = async (id: string) =>
    (await dynamo.call("GetItem", { TableName: table, Key: recordKey(id), ConsistentRead: true })).Item!;

  test("recognizes its own write when the response was lost", async () => {
    const http = new LossyHttp(slowMachine);
    const client = dynamoClient({ ...place, requestHandler: http });
    const lossy = awsJobStore(client, { table, retentionMs: KEPT_MS });
    const record = createRecord();
    const lost = http.lose("PutItem");
    expect(await lossy.create(record)).toBe(true);
    expect(lost()).toBe(1);
    const again = http.lose("PutItem");
    expect(await lossy.replace(record, nextVersion(record))).toBe(true);
    expect(again()).toBe(1);
    const refused = http.lose("PutItem");
    expect(await lossy.replace(record, nextVersion(record))).toBe(false);
    expect(refused()).toBe(1);
  });

  test("expires a record a fixed time after its job's end, and never before", async () => {
    const { TimeToLiveDescription } = await dynamoSdk.send(new DescribeTimeToLiveCommand({ TableName: table }));
    expect(TimeToLiveDescription).toMatchObject({ AttributeName: TABLE.expiry, TimeToLiveStatus: "ENABLED" });
    const record = createRecord();
    await store.create(record);
    expect((await itemOf(record.id))[TABLE.expiry]).toBeUndefined();
    const endedAt = 1_800_000_000_001;
    await store.replace(record, nextVersion(record, { status: "SUCCEEDED", endedAt }));
    expect(Number((await itemOf(record.id))[TABLE.expiry]!.N)).toBe(1_800_000_001 + 30 * 86_400);
  });

  test("lists a record in an index only while needed, and spreads due records over partitions", async () => {
    const empty = await newTable();
    const other = awsJobStore(dynamo, { table: empty, retentionMs: KEPT_MS });
    const records = Array.from({ length: 60 }, (_, i) => createRecord({ wakeAt: 60 - i }));
    await Promise.all(records.map((record) => other.create(record)));
    const due = async () => {
      const scan = new ScanCommand({ TableName: empty, IndexName: TABLE.indexes.byWake.name });
      return (await dynamoSdk.send(scan)).Items!.map((row) => row.wakePartition!.S);
    };
    expect(new Set(await due()).size).toBe(WAKE_PARTITIONS);
    expect((await other.due(60, 7)).map(({ wakeAt }) => wakeAt)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(await other.due(60, 1_000)).toHaveLength(60);
    await Promise.all(records.map((record) => other.replace(record, nextVersion(record, { wakeAt: undefined }))));
    expect(await due()).toEqual([]);
  });

  test("ignores rows of other kinds", async () => {
    const shared = await newTable();
    const other = awsJobStore(dynamo, { table: shared, retentionMs: KEPT_MS });
    const Item = { pk: { S: "CONNECTION#1" }, sk: { S: "CONNECTION" } };
    await dynamoSdk.send(new PutItemCommand({ TableName: shared, Item }));
    expect(await other.due(Number.MAX_SAFE_INTEGER, 10)).toEqual([]);
    expect(await other.forget(Number.MAX_SAFE_INTEGER, 10)).toBe(0);
    expect((await dynamoSdk.send(new ScanCommand({ TableName: shared }))).Count).toBe(1);
  });

  test("wakes a listener within two seconds, and stops reading once it has stopped", async () => {
    const record = createRecord();
    await store.create(record);
    const notified: (number | undefined)[] = [];
    const stop = store.listen(record.id, (received) => notified.push(received?.version));
    await vi.waitFor(() => expect(notified).toEqual([undefined]), 10_000);
    await store.replace(record, nextVersion(record));
    await vi.waitFor(() => expect(notified).toEqual([undefined, 2]), 10_000);
    stop();
  });
});

const ERROR = "com.amazonaws.dynamodb.v20120810#";
const refused = (name: string, status = 400) => ({ status, body: JSON.stringify({ __type: `${ERROR}${name}` }) });
const found = (body: object) => ({ status: 200, body: JSON.stringify(body) });

test.each([
  ["throttled", refused("ProvisionedThroughputExceededException")],
  ["throttled otherwise", refused("ThrottlingException")],
  ["too many for the account", refused("RequestLimitExceeded")],
  ["not well", refused("InternalServerError", 500)],
])("a job store retries while the table is %s", async (_, answer) => {
  const { client, requests } = stubbedClient(dynamoClient, [answer, answer, found({})]);
  expect(await awsJobStore(client, { table: "t", retentionMs: KEPT_MS }).get("a")).toBeUndefined();
  expect(requests).toHaveLength(3);
});

test("a job store reads records with strong consistency", async () => {
  const { client, requests } = stubbedClient(dynamoClient, [found({})]);
  await awsJobStore(client, { table: "t", retentionMs: KEPT_MS }).get("a");
  expect(JSON.parse(textOf(requests[0]!.body))).toMatchObject({ ConsistentRead: true });
});
