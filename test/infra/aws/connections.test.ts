import { DescribeTableCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { beforeEach, expect, test } from "vitest";
import { LimitExceededError } from "../../../infra/auth/caller-limits.ts";
import { awsCallerLimiter } from "../../../infra/aws/caller-limiter.ts";
import { dynamoClient } from "../../../infra/aws/clients/dynamo.ts";
import { jobTopic } from "../../../infra/aws/connection-items.ts";
import { awsConnections, type Connections } from "../../../infra/aws/connections.ts";
import type { LockedSubscription } from "../../../infra/aws/subscriptions.ts";
import { slowMachine } from "../../support/aws/moto-clients.ts";
import { dynamo, dynamoSdk, newTable, onMoto, place } from "../../support/aws/moto-resources.ts";
import { LossyHttp } from "../../support/aws/stubbed-client.ts";
import { manualClock } from "../../support/jobs/records.ts";

const SUBSCRIPTION = {
  connection: "L0SM9cOFvHcCIhw=",
  operation: "a#b",
  topic: jobTopic("j"),
  owner: "owner of a",
  request: "{}",
  position: "3",
};
const { connection, operation, topic } = SUBSCRIPTION;
const socket = { connection, caller: undefined, owner: undefined, acknowledged: false, operations: new Map() };
const by = (caller: string) => ({ caller, owner: `owner of ${caller}` });
const MOST = { operations: 2, followers: 3 };
const TWO_HOURS_TEN = 130 * 60;

onMoto("connections in DynamoDB", () => {
  let table: string;
  let clock: ReturnType<typeof manualClock>;
  let connections: Connections;
  beforeEach(async () => {
    table = await newTable();
    clock = manualClock(Date.now());
    connections = awsConnections(dynamo, table, clock);
  });

  const rows = async () => (await dynamoSdk.send(new ScanCommand({ TableName: table }))).Count;
  const hold = (milliseconds = 1_000) => connections.lock(SUBSCRIPTION, milliseconds) as Promise<LockedSubscription>;
  /** An adapter whose next call of the operation is carried out and never answered, so that the client makes it again. */
  const lossy = (operation: string) => {
    const http = new LossyHttp(slowMachine);
    const client = dynamoClient({ ...place, requestHandler: http });
    return { connections: awsConnections(client, table, clock), lost: http.lose(operation) };
  };

  test("are opened, acknowledged once, and closed with their subscriptions", async () => {
    expect(await connections.find(connection)).toBeUndefined();
    expect(await connections.acknowledge(socket, by("a"))).toBe(false);
    await connections.open(connection, by("a"));
    const opened = { connection, caller: "a", owner: "owner of a", acknowledged: false, operations: new Map() };
    expect(await connections.find(connection)).toEqual(opened);
    const greeted = await Promise.all([1, 2, 3].map(() => connections.acknowledge(socket, by("b"))));
    expect(greeted.filter((first) => first)).toHaveLength(1);
    expect(await connections.subscribe(SUBSCRIPTION, MOST)).toBe("SUBSCRIBED");
    const live = { caller: "b", owner: "owner of b", acknowledged: true, operations: new Map([[operation, topic]]) };
    expect(await connections.find(connection)).toEqual({ connection, ...live });
    expect(await connections.findByTopic(topic)).toEqual([SUBSCRIPTION]);
    await connections.close(connection);
    await connections.close(connection);
    expect(await rows()).toBe(0);
  });

  test("accept an operation id once, up to the maximum of operations, under concurrency", async () => {
    expect(await connections.subscribe(SUBSCRIPTION, MOST)).toBe("GONE");
    await connections.open(connection, undefined);
    const subscribe = (id: string) => connections.subscribe({ ...SUBSCRIPTION, operation: id }, MOST);
    const twice = await Promise.all([subscribe("a"), subscribe("a")]);
    expect(twice.sort()).toEqual(["KNOWN", "SUBSCRIBED"]);
    const many = await Promise.all(["b", "c", "d"].map(subscribe));
    expect(many.sort()).toEqual(["FULL", "FULL", "SUBSCRIBED"]);
    await connections.complete({ connection, operation: "a", topic });
    await connections.complete({ connection, operation: "a", topic });
    expect(await subscribe("e")).toBe("SUBSCRIBED");
    await connections.close(connection);
    await connections.complete({ connection, operation: "b", topic });
    expect(await rows()).toBe(0);
  });

  test("refuse more followers of a job than it may have", async () => {
    await Promise.all(["1", "2", "3"].map((id) => connections.open(id, undefined)));
    const follow = (id: string, over: Partial<typeof SUBSCRIPTION> = {}) =>
      connections.subscribe({ ...SUBSCRIPTION, connection: id, ...over }, MOST);
    expect(await Promise.all(["1", "2", "3"].map((id) => follow(id)))).toEqual(Array(3).fill("SUBSCRIBED"));
    expect(await follow("1", { operation: "c" })).toBe("CROWDED");
    expect(await follow("1", { operation: "c", topic: jobTopic("another") })).toBe("SUBSCRIBED");
    await connections.close("2");
    expect(await follow("3", { operation: "c" })).toBe("SUBSCRIBED");
    expect(await connections.findByTopic(topic)).toHaveLength(3);
  });

  test("allow one deliverer at a time, until it releases the lock or the lock expires", async () => {
    expect(await connections.lock(SUBSCRIPTION, 1_000)).toBe("GONE");
    await connections.open(connection, undefined);
    await connections.subscribe(SUBSCRIPTION, MOST);
    const holders = await Promise.all([hold(), hold(), hold()]);
    expect(holders.filter((one) => (one as unknown) === "LOCKED")).toHaveLength(2);
    const own = holders.find((one) => typeof one === "object")!;
    expect(own).toMatchObject({ ...SUBSCRIPTION, until: clock.now() + 1_000 });
    const longer = (await connections.recordDelivered(own, "5", 2_000))!;
    expect(longer).toMatchObject({ position: "5", until: clock.now() + 2_000 });
    clock.pass(1.5);
    expect(await hold()).toBe("LOCKED");
    clock.pass(1);
    const next = await hold();
    expect(next).toMatchObject({ position: "5" });
    // A holder whose lock expired cannot overwrite the progress of the next holder.
    expect(await connections.recordDelivered(longer, "9", 0)).toBeUndefined();
    expect(await connections.recordDelivered(next, "6", 0)).toMatchObject({ position: "6" });
    expect(await hold()).toMatchObject({ position: "6" });
    await connections.complete(SUBSCRIPTION);
    expect(await connections.recordDelivered(next, "7", 0)).toBeUndefined();
    expect(await connections.findByTopic(topic)).toEqual([]);
  });

  test("are gone after their expiry, even if the table still has them", async () => {
    await connections.open(connection, undefined);
    await connections.subscribe(SUBSCRIPTION, MOST);
    clock.pass(TWO_HOURS_TEN - 1);
    expect(await connections.find(connection)).toBeDefined();
    expect(await connections.findByTopic(topic)).toHaveLength(1);
    clock.pass(2);
    expect(await connections.find(connection)).toBeUndefined();
    expect(await connections.findByTopic(topic)).toEqual([]);
    expect(await rows()).toBe(2);
  });

  test("recognize their own writes when the responses were lost", async () => {
    await connections.open(connection, undefined);
    const acknowledging = lossy("UpdateItem");
    expect(await acknowledging.connections.acknowledge(socket, by("a"))).toBe(true);
    const subscribing = lossy("UpdateItem");
    expect(await subscribing.connections.subscribe(SUBSCRIPTION, MOST)).toBe("SUBSCRIBED");
    const holding = lossy("UpdateItem");
    const held = (await holding.connections.lock(SUBSCRIPTION, 1_000)) as LockedSubscription;
    expect(held).toMatchObject(SUBSCRIPTION);
    const delivering = lossy("UpdateItem");
    expect(await delivering.connections.recordDelivered(held, "4", 0)).toMatchObject({ position: "4" });
    const lost = [acknowledging, subscribing, holding, delivering].map((one) => one.lost());
    expect(lost).toEqual([1, 1, 1, 1]);
  });

  test("occupy slots of their owner while they exist", async () => {
    const limiter = awsCallerLimiter(dynamo, table, { sockets: 1, streams: 1 }, clock);
    connections = awsConnections(dynamo, table, clock, limiter);
    const [first, second] = ["first=", "second="];
    const subscription = (of: string, id = operation) => ({ ...SUBSCRIPTION, connection: of, operation: id });
    await connections.open(first, by("a"));
    await expect(connections.open(second, by("a"))).rejects.toThrow(LimitExceededError);
    await connections.open(second, undefined);
    const other = { ...socket, connection: second };
    await expect(connections.acknowledge(other, by("a"))).rejects.toThrow(LimitExceededError);
    expect(await connections.subscribe(subscription(first), MOST)).toBe("SUBSCRIBED");
    await expect(connections.subscribe(subscription(first, "2"), MOST)).rejects.toThrow(LimitExceededError);
    await connections.complete(subscription(first));
    expect(await connections.subscribe(subscription(first, "2"), MOST)).toBe("SUBSCRIBED");
    await connections.close(first);
    expect(await connections.acknowledge(other, by("a"))).toBe(true);
    expect(await connections.subscribe(subscription(second), MOST)).toBe("SUBSCRIBED");
    // A socket that turns out to be another owner's occupies that owner's slot.
    await connections.close(second);
    await connections.open(first, by("a"));
    expect(await connections.acknowledge({ ...socket, connection: first, owner: "owner of a" }, by("b"))).toBe(true);
    await connections.open(second, by("a"));
  });

  test("that are not acknowledged in time can be found and closed, others cannot", async () => {
    const limiter = awsCallerLimiter(dynamo, table, { sockets: 1 }, clock);
    connections = awsConnections(dynamo, table, clock, limiter);
    const unacknowledged = async () => (await connections.findUnacknowledged(10)).toSorted();
    await connections.open("early", undefined);
    await connections.open("known", by("a"));
    await connections.open(connection, undefined);
    await connections.acknowledge(socket, by("b"));
    clock.pass(2.9);
    expect(await unacknowledged()).toEqual([]);
    await connections.open("late", undefined);
    clock.pass(0.1);
    expect(await unacknowledged()).toEqual(["early", "known"]);
    for (const one of ["early", "known", "late"]) expect(await connections.closeUnacknowledged(one)).toBe(true);
    for (const one of ["early", connection]) expect(await connections.closeUnacknowledged(one)).toBe(false);
    expect(await unacknowledged()).toEqual([]);
    await connections.open("known", by("a"));
  });

  test("are in no index once they are acknowledged", async () => {
    await connections.open(connection, undefined);
    await connections.acknowledge(socket, by("a"));
    await connections.subscribe(SUBSCRIPTION, MOST);
    const { Table } = await dynamoSdk.send(new DescribeTableCommand({ TableName: table }));
    for (const { IndexName } of Table!.GlobalSecondaryIndexes!) {
      expect((await dynamoSdk.send(new ScanCommand({ TableName: table, IndexName: IndexName! }))).Count).toBe(0);
    }
  });
});
