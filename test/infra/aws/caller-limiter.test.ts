import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { LimitExceededError } from "../../../infra/auth/caller-limits.ts";
import { awsCallerLimiter } from "../../../infra/aws/caller-limiter.ts";
import { callerLimiterContract } from "../../contracts/caller-limiter.ts";
import { dynamo, dynamoSdk, newTable, onMoto } from "../../support/aws/moto-resources.ts";
import { manualClock } from "../../support/jobs/records.ts";

onMoto("limits in DynamoDB", () => {
  callerLimiterContract("a table", async () => {
    const table = await newTable();
    return { open: (limits, clock) => awsCallerLimiter(dynamo, table, limits, clock) };
  });

  test("all processes count together", async () => {
    const [table, clock] = [await newTable(), manualClock()];
    const open = () => awsCallerLimiter(dynamo, table, { requestsPerMinute: 6, streams: 1 }, clock);
    const [one, other] = [open(), open()];
    for (let i = 0; i < 3; i++) for (const limiter of [one, other]) await limiter.take("ada", "requestsPerMinute");
    for (const limiter of [one, other]) {
      await expect(limiter.take("ada", "requestsPerMinute")).rejects.toThrow(LimitExceededError);
    }
    await one.acquire("ada", { name: "streams", id: "1" }, 60);
    await expect(other.acquire("ada", { name: "streams", id: "2" }, 60)).rejects.toThrow(LimitExceededError);
    await other.release("ada", { name: "streams", id: "1" });
    await one.acquire("ada", { name: "streams", id: "2" }, 60);
  });

  test("a caller who goes on after a refusal causes no calls", async () => {
    const [table, clock] = [await newTable(), manualClock()];
    let calls = 0;
    const counted: typeof dynamo = {
      call: (name, input) => {
        calls++;
        return dynamo.call(name, input);
      },
    };
    const limiter = awsCallerLimiter(counted, table, { requestsPerMinute: 2 }, clock);
    for (let i = 0; i < 100; i++) await limiter.take("ada", "requestsPerMinute").catch(() => {});
    expect(calls).toBe(2);
  });

  test("every row expires", async () => {
    const [table, clock] = [await newTable(), manualClock()];
    const limiter = awsCallerLimiter(dynamo, table, { requestsPerMinute: 6, streams: 2, sockets: 2 }, clock);
    for (let i = 0; i < 2; i++) {
      await limiter.take("ada", "requestsPerMinute");
      for (const name of ["streams", "sockets"] as const) await limiter.acquire("ada", { name, id: `${i}` }, 60);
    }
    const { Items } = await dynamoSdk.send(new ScanCommand({ TableName: table }));
    expect(Items).toHaveLength(3);
    for (const { expiresAt } of Items!) expect(Number(expiresAt!.N)).toBeGreaterThan(clock.now() / 1000);
  });
});
