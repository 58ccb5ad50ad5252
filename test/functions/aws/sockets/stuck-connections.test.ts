// Sockets that nothing gets through to end alone: neither the others of their shard nor their own client lose anything.
import { ScanCommand } from "@aws-sdk/client-dynamodb";
import type { DynamoDBBatchResponse } from "aws-lambda";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { recordKey } from "../../../../infra/aws/item.ts";
import { dynamo, newBucket, onMoto } from "../../../support/aws/moto-resources.ts";
import { ADA, all, SocketService, seqs, take } from "../../../support/aws/socket-service.ts";
import { eventFrom, sequenceOf } from "../../../support/aws/stream-events.ts";
import { type StreamHandler, shardOf } from "../../../support/aws/table-stream.ts";
import { FULL, type WebSocketFaults } from "../../../support/aws/websocket-api.ts";
import { type Answer, picture } from "../../../support/schema/service.ts";
import { FOLLOW } from "../../../support/schema/stream.ts";

const PATIENCE_MS = 60_000;
const DELIVERED = { batchItemFailures: [] };
/** More than the table's stream brings in one batch. */
const STEPS = 30;
const BROKEN: WebSocketFaults = { status: 500, name: "InternalServerErrorException" };
const YOUNG_MS = 30_000;
const OLD_MS = 50_000;

onMoto("a socket that nothing gets through to", () => {
  let bucket: string;
  let stage: SocketService;
  beforeAll(async () => {
    bucket = await newBucket();
  });
  beforeEach(async () => {
    stage = await SocketService.open(bucket);
  });
  afterEach(() => stage.close());

  const follow = (id: string, after = 0) => stage.client().iterate<Answer>({ query: FOLLOW, variables: { id, after } });
  const recordOf = async (id: string) => (await stage.parts.store.get(id))!;
  const rows = async () => {
    const { Items } = await dynamo.send(new ScanCommand({ TableName: stage.table }));
    return Items!.map(({ sk }) => sk!.S!.split("#")[0]!).filter((kind) => /^SOCKET$|^SUB$/.test(kind));
  };
  /** A client that follows a job, has heard its first event, and then takes no more. */
  const deafTo = async (id: string, ill: WebSocketFaults) => {
    const raw = await stage.raw({ headers: { authorization: ADA } });
    raw.send({ type: "connection_init" });
    await raw.next();
    raw.send({ id: "1", type: "subscribe", payload: { query: FOLLOW, variables: { id } } });
    expect(await raw.next()).toMatchObject({ type: "next", payload: { data: { jobEvents: { seq: 1 } } } });
    await stage.gateway.settled();
    const [connection] = stage.gateway.connections as [string];
    stage.gateway.ills.set(connection, ill);
    return { connection, closed: raw.closed };
  };
  /** One of a job that has more to tell. */
  const deaf = async (ill: WebSocketFaults) => {
    const id = await stage.submit();
    const { connection, closed } = await deafTo(id, ill);
    await stage.attempt(id);
    const record = await recordOf(id);
    const deliver = (age: number, change = {}) => stage.fanout(change)(eventFrom(Date.now() - age, record));
    const failed = { batchItemFailures: [{ itemIdentifier: sequenceOf(record) }] };
    return { id, closed, connection, deliver, failed };
  };

  test("holds up nobody of its shard, and its client comes back and loses nothing", {
    timeout: PATIENCE_MS,
  }, async () => {
    const id = await stage.submit({ count: 1 });
    const shard = (job: string) => shardOf(recordKey(job).pk!.S!);
    let other = await stage.submit({ count: 1 });
    while (shard(other) !== shard(id)) other = await stage.submit({ count: 1 });
    const { closed } = await deafTo(id, FULL);
    const others = follow(other);
    await take(others, 1);
    await stage.gateway.settled();

    // All of the one comes before anything of the other.
    const attempt = await stage.attempt(id);
    for (let step = 1; step <= STEPS; step++) {
      await attempt.progress({ stage: `decoder ${step}`, picture: 0, pictures: 1, step, steps: STEPS });
    }
    await attempt.addPicture(picture(id, 0));
    await attempt.succeed(attempt.job.drawn, { warnings: [], timings: [] });
    await stage.drawJob(other);
    const answers: DynamoDBBatchResponse[] = [];
    const fanout = stage.fanout();
    const handler: StreamHandler = async (event) => {
      answers.push(await fanout(event));
      return answers.at(-1)!;
    };
    await stage.startFanout(handler);
    expect(seqs(await all(others))).toEqual([2, 3, 4, 5]);
    // No record came again for its sake.
    expect(answers.flatMap(({ batchItemFailures }) => batchItemFailures)).toEqual([]);

    expect(await closed).toBe(1000);
    const { events: log } = await recordOf(id);
    const news = log.filter(({ type }, i) => type !== "PROGRESS" || log[i + 1]!.type !== "PROGRESS");
    expect(seqs(await all(follow(id, 1)))).toEqual(news.slice(1).map(({ seq }) => seq));
    expect(stage.logged).toEqual([]);
  });

  test("is cut with all that is followed over it, by what it is told and by what it asks", async () => {
    const { closed, connection, deliver } = await deaf(FULL);
    expect(await deliver(0)).toEqual(DELIVERED);
    expect(await closed).toBe(1000);
    expect(await rows()).toEqual([]);
    expect(stage.gateway.connections).not.toContain(connection);
    const raw = await stage.raw({ headers: { authorization: ADA } });
    stage.gateway.ills.set(stage.gateway.connections.at(-1)!, FULL);
    raw.send({ type: "ping" });
    expect(await raw.closed).toBe(1000);
    await stage.gateway.settled();
    expect(await rows()).toEqual([]);
  });

  test("for reasons that may be ours is tried again, and cut when others have waited for long", async () => {
    const { closed, connection, deliver, failed } = await deaf(BROKEN);
    expect(await deliver(YOUNG_MS)).toEqual(failed);
    expect(stage.gateway.connections).toContain(connection);
    expect(await rows()).toEqual(expect.arrayContaining(["SOCKET", "SUB"]));
    expect(await deliver(OLD_MS)).toEqual(DELIVERED);
    expect(await closed).toBe(1000);
    expect(await rows()).toEqual([]);
  });

  test("and cannot be cut loses its rows when others have waited for long, and finds that out by a ping", async () => {
    const { closed, connection, deliver, failed } = await deaf({ ...FULL, deletes: true });
    expect(await deliver(YOUNG_MS)).toEqual(failed);
    expect(await rows()).toHaveLength(2);
    expect(await deliver(OLD_MS)).toEqual(DELIVERED);
    expect(await rows()).toEqual([]);
    expect(stage.gateway.connections).toContain(connection);
    stage.gateway.ills.clear();
    const body = JSON.stringify({ type: "ping" });
    await stage.socket()({ requestContext: { eventType: "MESSAGE", connectionId: connection }, body });
    expect(await closed).toBe(1000);
  });

  test.each([
    ["rows", () => ({ connections: { ...stage.parts.connections, lock: fails } })],
    ["rows that should go", () => ({ connections: { ...stage.parts.connections, close: fails } })],
    ["keys", () => ({ authenticator: { ...stage.parts.authenticator, findViewer: fails } })],
  ])("has its record come again while it is our %s that fail, however late it is", async (_, change) => {
    // Or the cut connection's $disconnect, which knows of no failure, might take the rows first.
    stage.gateway.losesDisconnects = true;
    const { id, deliver, failed } = await deaf(FULL);
    expect(await deliver(OLD_MS, change())).toEqual(failed);
    expect(await stage.parts.connections.findByJob(id)).toHaveLength(1);
    expect(await deliver(OLD_MS)).toEqual(DELIVERED);
    expect(await stage.parts.connections.findByJob(id)).toEqual([]);
  });
});

const fails = () => Promise.reject(new Error("ProvisionedThroughputExceededException"));
