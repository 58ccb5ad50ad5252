// The subscription `events`, over every transport that one process serves. test/functions/aws/ has those of AWS.
import { createServer } from "node:http";
import { createClient } from "graphql-ws";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { localCallerLimiter } from "../../../infra/local/caller-limiter.ts";
import { listen } from "../../support/listen.ts";
import { type Answer, CANCEL, Service } from "../../support/schema/service.ts";
import { FOLLOW_ALL, partsOf, sse } from "../../support/schema/stream.ts";

let service: Service;
beforeEach(() => {
  service = new Service();
});

type Stream = AsyncIterator<Answer, void, undefined>;
type Variables = { readonly after?: string | null; readonly since?: string };

function overSse(variables: Variables): Stream {
  return sse(service, FOLLOW_ALL, variables);
}

async function* overMultipart(variables: Variables): AsyncGenerator<Answer, void, undefined> {
  const accept = 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0,application/json';
  const response = await service.fetch({ query: FOLLOW_ALL, variables }, { accept });
  for await (const part of partsOf(response, "\r\n--graphql")) {
    const [, json] = /\r\n\r\n(\{.+\})$/s.exec(part) ?? [];
    if (json !== undefined && json !== "{}") yield JSON.parse(json).payload;
  }
}

async function overWebSocket(variables: Variables): Promise<Stream> {
  const server = createServer(service.api.yoga);
  const sockets = new WebSocketServer({ server, path: "/graphql", maxPayload: 100_000 });
  const serving = service.api.serveSockets(sockets);
  const client = createClient({
    url: `ws://127.0.0.1:${await listen(server)}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: "Bearer ada" },
    retryAttempts: 0,
  });
  onTestFinished(async () => {
    await client.dispose();
    await serving.dispose();
    server.close();
  });
  return client.iterate({ query: FOLLOW_ALL, variables });
}

/** The next `count` events as "job seq type", and the last cursor. */
async function read(stream: Stream, count: number) {
  const events: string[] = [];
  let cursor = "";
  while (events.length < count) {
    const { value } = await stream.next();
    if (value.errors) throw new Error(value.errors[0].message);
    const { node } = value.data.events;
    ({ cursor } = value.data.events);
    events.push(`${node.job.id} ${node.seq} ${node.__typename}`);
  }
  return { events, cursor };
}

const cancel = (id: string, as?: string) => service.get(CANCEL, { id }, as);
/** The events of a job that is drawn. */
const drawn = (id: string, from = 1) =>
  ["1 Queued", "2 Started", "3 PictureReady", "4 PictureReady", "5 Succeeded"]
    .slice(from - 1)
    .map((event) => `${id} ${event}`);

describe.each([
  ["Server-Sent Events", overSse],
  ["multipart", overMultipart],
  ["WebSocket", overWebSocket],
] as const)("the events of all jobs over %s", (_, open) => {
  test("are those of past and new jobs of the caller, and resume after any of them", async () => {
    const active = await service.job();
    await service.job({}, "bob");
    const stream = await open({});
    expect((await read(stream, 1)).events).toEqual([`${active} 1 Queued`]);
    const later = await service.job();
    const others = await service.job({}, "bob");
    await cancel(others, "bob");
    expect((await read(stream, 1)).events).toEqual([`${later} 1 Queued`]);
    await service.draw(active);
    const { events, cursor } = await read(stream, 2);
    expect(events).toEqual(drawn(active, 2).slice(0, 2));
    await stream.return?.();
    await expect.poll(() => service.store.listeners.size).toBe(0);

    await service.draw(later);
    const resumed = await open({ after: cursor });
    const { events: rest, cursor: last } = await read(resumed, 6);
    expect([...rest].sort()).toEqual([...drawn(active, 4), ...drawn(later, 2)].sort());
    const again = await service.job();
    expect((await read(resumed, 1)).events).toEqual([`${again} 1 Queued`]);
    await resumed.return?.();
    const third = await open({ after: last });
    expect((await read(third, 1)).events).toEqual([`${again} 1 Queued`]);
    await third.return?.();
  });
});

test("begin with the jobs created since a time", async () => {
  const old = await service.job();
  await service.draw(old);
  const createdAt = new Date(service.store.records.get(old)!.createdAt).toISOString();
  service.now += 3_600_000;
  const [active] = [await service.job()];
  expect((await read(overSse({}), 1)).events).toEqual([`${active} 1 Queued`]);
  expect((await read(overSse({ after: "" }), 1)).events).toEqual([`${active} 1 Queued`]);
  const { events } = await read(overSse({ since: createdAt }), 6);
  expect(events).toEqual([`${active} 1 Queued`, ...drawn(old)]);
});

test.each([
  [{ after: "no cursor" }, "is not a cursor of an event"],
  [{ since: "yesterday" }, "DateTime must be a time such as 2026-11-23T18:30:00.000Z."],
  [{ since: "2026-11-29T12:00:00" }, "DateTime must be a time such as 2026-11-23T18:30:00.000Z."],
])("are refused for %o", async (variables, message) => {
  await expect(read(overSse(variables), 1)).rejects.toThrow(message);
});

test("count as one of the caller's streams", async () => {
  const clock = { now: () => Date.now() };
  service = new Service({ limiter: localCallerLimiter({ streams: 1 }, clock) });
  const id = await service.job();
  const stream = overSse({});
  await read(stream, 1);
  await expect(read(overSse({}), 1)).rejects.toThrow("streams");
  await stream.return?.();
  await expect.poll(() => service.store.listeners.size).toBe(0);
  expect((await read(overSse({}), 1)).events).toEqual([`${id} 1 Queued`]);
});
