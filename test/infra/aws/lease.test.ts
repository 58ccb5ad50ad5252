import { beforeEach, expect, test } from "vitest";
import { dynamoClient } from "../../../infra/aws/clients/dynamo.ts";
import { awsLease } from "../../../infra/aws/lease.ts";
import { slowMachine } from "../../support/aws/moto-clients.ts";
import { dynamo, newTable, onMoto, place } from "../../support/aws/moto-resources.ts";
import { LossyHttp } from "../../support/aws/stubbed-client.ts";
import { manualClock } from "../../support/jobs/records.ts";

onMoto("a lease in DynamoDB", () => {
  let table: string;
  beforeEach(async () => {
    table = await newTable();
  });

  test("is acquired by one of many, and again when its time is over", async () => {
    const clock = manualClock(Date.now());
    const acquire = () => awsLease(dynamo, table, "scaler", clock).acquire(50_000);
    const first = await Promise.all(Array.from({ length: 5 }, acquire));
    expect(first.filter(Boolean)).toHaveLength(1);
    clock.pass(49.999);
    expect(await acquire()).toBe(false);
    expect(await awsLease(dynamo, table, "other", clock).acquire(1)).toBe(true);
    clock.pass(0.001);
    expect(await acquire()).toBe(true);
  });

  test("is held by a process that did not hear the answer", async () => {
    const http = new LossyHttp(slowMachine);
    const client = dynamoClient({ ...place, requestHandler: http });
    const lost = http.lose("UpdateItem");
    expect(await awsLease(client, table, "scaler", manualClock(Date.now())).acquire(50_000)).toBe(true);
    expect(lost()).toBe(1);
  });
});
