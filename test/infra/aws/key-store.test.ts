import { beforeEach, expect, test } from "vitest";
import { authenticateKey, type KeyStore, mintKey } from "../../../infra/auth/api-keys.ts";
import { dynamoClient } from "../../../infra/aws/clients/dynamo.ts";
import { awsJobStore } from "../../../infra/aws/job-store.ts";
import { awsKeyStore } from "../../../infra/aws/key-store.ts";
import { slowMachine } from "../../support/aws/moto-clients.ts";
import { dynamo, newTable, onMoto, place } from "../../support/aws/moto-resources.ts";
import { LossyHttp, stubbedClient, textOf } from "../../support/aws/stubbed-client.ts";
import { createRecord } from "../../support/jobs/records.ts";

const mint = (name: string, at: number) => mintKey({ name, owner: "ada", quota: 3 }, at);

onMoto("API keys in DynamoDB", () => {
  let table: string;
  let keys: KeyStore;
  beforeEach(async () => {
    table = await newTable();
    keys = awsKeyStore(dynamo, table);
  });

  test("give access from when they are added until they are revoked", async () => {
    const [one, two] = [mint("one", 1), mint("two", 2)];
    expect(await authenticateKey(keys, `Bearer ${one.secret}`)).toBeUndefined();
    await keys.add(one.key);
    await keys.add(two.key);
    expect(await authenticateKey(keys, `Bearer ${one.secret}`)).toEqual(one.key);
    expect(await authenticateKey(keys, `Bearer unclip_${one.key.id}_${"0".repeat(40)}`)).toBeUndefined();
    expect(await keys.revoke(one.key.id)).toBe(true);
    expect(await authenticateKey(keys, `Bearer ${one.secret}`)).toBeUndefined();
    expect(await authenticateKey(keys, `Bearer ${two.secret}`)).toEqual(two.key);
    expect(await keys.revoke(one.key.id)).toBe(false);
  });

  test("are listed oldest first, without other rows of the table", async () => {
    const [newer, older] = [mint("newer", 2), mint("older", 1)];
    await keys.add(newer.key);
    await keys.add(older.key);
    const store = awsJobStore(dynamo, { table, retentionMs: 0 });
    await store.create(createRecord({ owner: "ada" }));
    expect(await keys.list()).toEqual([older.key, newer.key]);
    // Nor are they taken for jobs of their owner.
    expect(await store.list("ada", { first: 10 })).toHaveLength(1);
  });

  test("cannot be added twice with the same id", async () => {
    const { key } = mint("one", 1);
    await keys.add(key);
    await expect(keys.add({ ...key, hash: "another" })).rejects.toThrow();
    expect(await keys.find(key.id)).toEqual(key);
  });

  test("recognize their own write when the response was lost", async () => {
    const http = new LossyHttp(slowMachine);
    const client = dynamoClient({ ...place, requestHandler: http });
    const lost = http.lose("PutItem");
    const { key } = mint("one", 1);
    await awsKeyStore(client, table).add(key);
    expect(lost()).toBe(1);
    expect(await keys.list()).toEqual([key]);
  });
});

test("API keys are read with strong consistency", async () => {
  const { client, requests } = stubbedClient(dynamoClient, [{ status: 200, body: "{}" }]);
  expect(await awsKeyStore(client, "t").find("00000000")).toBeUndefined();
  expect(JSON.parse(textOf(requests[0]!.body))).toMatchObject({ ConsistentRead: true });
});
