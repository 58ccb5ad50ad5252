// Sockets that nothing gets through to end alone: neither the others of their shard nor their own client lose anything.
import { ScanCommand } from "@aws-sdk/client-dynamodb";
import type { DynamoDBBatchResponse } from "aws-lambda";
import { afterEach, beforeEach, expect, test } from "vitest";
import { jobTopic } from "../../../../infra/aws/connection-items.ts";
import { recordKey } from "../../../../infra/aws/item.ts";
import { dynamoSdk, onMoto } from "../../../support/aws/moto-resources.ts";
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

onMoto("a stuck connection", () => {
  let service: SocketService;
  beforeEach(async () => {
    service = await SocketService.open();
  });
  afterEach(() => service.close());

  const follow = (id: string, after = 0) =>
    service.client().iterate<Answer>({ query: FOLLOW, variables: { id, after } });
  const recordOf = async (id: string) => (await service.parts.store.get(id))!;
  const rows = async () => {
    const { Items } = await dynamoSdk.send(new ScanCommand({ TableName: service.table }));
    return Items!.map(({ sk }) => sk!.S!.split("#")[0]!).filter((kind) => /^SOCKET$|^SUB$/.test(kind));
  };
  /** A client that follows a job, has heard its first event, and then takes no more. */
  const deafTo = async (id: string, ill: WebSocketFaults) => {
    const raw = await service.raw({ headers: { authorization: ADA } });
    raw.send({ type: "connection_init" });
    await raw.next();
    raw.send({ id: "1", type: "subscribe", payload: { query: FOLLOW, variables: { id } } });
    expect(await raw.next()).toMatchObject({ type: "next", payload: { data: { jobEvents: { seq: 1 } } } });
    await service.gateway.settled();
    const [connection] = service.gateway.connections as [string];
    service.gateway.ills.set(connection, ill);
    return { connection, closed: raw.closed };
  };
  /** A connection that follows a job with further events. */
  const deaf = async (ill: WebSocketFaults) => {
    const id = await service.submit();
    const { connection, closed } = await deafTo(id, ill);
    await service.attempt(id);
    const record = await recordOf(id);
    const deliver = (age: number, change = {}) => service.fanout(change)(eventFrom(Date.now() - age, record));
    const failed = { batchItemFailures: [{ itemIdentifier: sequenceOf(record) }] };
    return { id, closed, connection, deliver, failed };
  };

  test("delays no other client of its shard, and its client resumes without loss", {
    timeout: PATIENCE_MS,
  }, async () => {
    const id = await service.submit({ count: 1 });
    const shard = (job: string) => shardOf(recordKey(job).pk!.S!);
    let other = await service.submit({ count: 1 });
    while (shard(other) !== shard(id)) other = await service.submit({ count: 1 });
    const { closed } = await deafTo(id, FULL);
    const others = follow(other);
    await take(others, 1);
    await service.gateway.settled();

    // All of the one comes before anything of the other.
    const attempt = await service.attempt(id);
    for (let step = 1; step <= STEPS; step++) {
      await attempt.progress({ stage: `decoder ${step}`, picture: 0, pictures: 1, step, steps: STEPS });
    }
    await attempt.addPicture(picture(id, 0));
    await attempt.succeed(attempt.job.drawn, { warnings: [], timings: [] });
    await service.drawJob(other);
    const answers: DynamoDBBatchResponse[] = [];
    const fanout = service.fanout();
    const handler: StreamHandler = async (event) => {
      answers.push(await fanout(event));
      return answers.at(-1)!;
    };
    await service.startFanout(handler);
    expect(seqs(await all(others))).toEqual([2, 3, 4, 5]);
    // No record came again for its sake.
    expect(answers.flatMap(({ batchItemFailures }) => batchItemFailures)).toEqual([]);

    expect(await closed).toBe(1000);
    const { events: log } = await recordOf(id);
    const news = log.filter(({ type }, i) => type !== "PROGRESS" || log[i + 1]!.type !== "PROGRESS");
    expect(seqs(await all(follow(id, 1)))).toEqual(news.slice(1).map(({ seq }) => seq));
    expect(service.logged).toEqual([]);
  });

  test("is closed with its subscriptions, whether events or answers are stuck", async () => {
    const { closed, connection, deliver } = await deaf(FULL);
    expect(await deliver(0)).toEqual(DELIVERED);
    expect(await closed).toBe(1000);
    expect(await rows()).toEqual([]);
    expect(service.gateway.connections).not.toContain(connection);
    const raw = await service.raw({ headers: { authorization: ADA } });
    service.gateway.ills.set(service.gateway.connections.at(-1)!, FULL);
    raw.send({ type: "ping" });
    expect(await raw.closed).toBe(1000);
    await service.gateway.settled();
    expect(await rows()).toEqual([]);
  });

  test("is retried for possibly internal errors, and closed once others have waited too long", async () => {
    const { closed, connection, deliver, failed } = await deaf(BROKEN);
    expect(await deliver(YOUNG_MS)).toEqual(failed);
    expect(service.gateway.connections).toContain(connection);
    expect(await rows()).toEqual(expect.arrayContaining(["SOCKET", "SUB"]));
    expect(await deliver(OLD_MS)).toEqual(DELIVERED);
    expect(await closed).toBe(1000);
    expect(await rows()).toEqual([]);
  });

  test("that cannot be closed loses its rows, and is closed at its next ping", async () => {
    const { closed, connection, deliver, failed } = await deaf({ ...FULL, deletes: true });
    expect(await deliver(YOUNG_MS)).toEqual(failed);
    expect(await rows()).toHaveLength(2);
    expect(await deliver(OLD_MS)).toEqual(DELIVERED);
    expect(await rows()).toEqual([]);
    expect(service.gateway.connections).toContain(connection);
    service.gateway.ills.clear();
    const body = JSON.stringify({ type: "ping" });
    await service.socket()({ requestContext: { eventType: "MESSAGE", connectionId: connection }, body });
    expect(await closed).toBe(1000);
  });

  test.each([
    ["rows", () => ({ connections: { ...service.parts.connections, lock: fails } })],
    ["rows that should go", () => ({ connections: { ...service.parts.connections, close: fails } })],
    ["keys", () => ({ authenticator: { ...service.parts.authenticator, findViewer: fails } })],
  ])("has its record retried while the %s fail, even with force", async (_, change) => {
    // Or the cut connection's $disconnect, which knows of no failure, might take the rows first.
    service.gateway.losesDisconnects = true;
    const { id, deliver, failed } = await deaf(FULL);
    expect(await deliver(OLD_MS, change())).toEqual(failed);
    expect(await service.parts.connections.findByTopic(jobTopic(id))).toHaveLength(1);
    expect(await deliver(OLD_MS)).toEqual(DELIVERED);
    expect(await service.parts.connections.findByTopic(jobTopic(id))).toEqual([]);
  });
});

const fails = () => Promise.reject(new Error("ProvisionedThroughputExceededException"));
