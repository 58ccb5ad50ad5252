// graphql-ws's own client against a real server.
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { connect, type Socket } from "node:net";
import { type Client, type ClientOptions, createClient } from "graphql-ws";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { listen } from "../../support/listen.ts";
import { type Answer, GENERATE, picture, Service } from "../../support/schema/service.ts";
import { FOLLOW } from "../../support/schema/stream.ts";

let service: Service;
let server: Server;
let sockets: WebSocketServer;
let webSocketService: ReturnType<Service["api"]["serveSockets"]>;
let url = "";
const clients: Client[] = [];

beforeEach(async () => {
  service = new Service({ cors: ["https://app.example.com"], policy: { operationsPerSocket: 3 } });
  server = createServer(service.api.yoga);
  sockets = new WebSocketServer({ server, path: "/graphql", maxPayload: 100_000 });
  webSocketService = service.api.serveSockets(sockets);
  url = `ws://127.0.0.1:${await listen(server)}/graphql`;
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.dispose()));
  for (const socket of sockets.clients) socket.terminate();
  await new Promise((resolve) => server.close(resolve));
});

function client(options: Partial<ClientOptions> = {}): Client {
  const connectionParams = { authorization: "Bearer ada" };
  const created = createClient({ url, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0, ...options });
  clients.push(created);
  return created;
}

/** The close code of a socket with these headers and parameters, or 0 if it connects. */
function closed(headers: Record<string, string>, connectionParams: Record<string, unknown>): Promise<number> {
  return new Promise((resolve) => {
    class Impl extends WebSocket {
      constructor(address: string, protocols: string[]) {
        super(address, protocols, { headers });
      }
    }
    const connecting = client({ webSocketImpl: Impl, connectionParams, lazy: false, onNonLazyError: () => {} });
    connecting.on("closed", (event) => resolve((event as CloseEvent).code));
    connecting.on("connected", () => resolve(0));
  });
}

const until = async (events: AsyncIterableIterator<Answer>, count: number) => {
  const seen: Answer[] = [];
  while (seen.length < count) {
    const { done, value } = await events.next();
    if (done) break;
    seen.push(value.data.jobEvents);
  }
  return seen;
};

describe("a socket", () => {
  test("carries mutations, queries and subscriptions", async () => {
    const one = client();
    const input = { prompt: "a boat", size: 64 };
    const { value: accepted } = await one.iterate<Answer>({ query: GENERATE, variables: { input } }).next();
    const { id } = accepted.data.generate;
    await service.draw(id);
    const events = await until(one.iterate({ query: FOLLOW, variables: { id } }), 100);
    expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(events[2].picture.url).toContain(`pictures/${id}/0.png`);
    const { value } = await one.iterate<Answer>({ query: "{ viewer { owner } }" }).next();
    expect(value.data).toEqual({ viewer: { owner: "ada" } });
  });

  test("that is dropped is resumed with after, without a lost or duplicate event", async () => {
    const id = await service.job({ count: 6 });
    const attempt = await service.attempt(id);
    const seen: number[] = [];
    for (let index = 0; index < 6; index++) {
      const events = client().iterate<Answer>({ query: FOLLOW, variables: { id, after: seen.at(-1) ?? 0 } });
      await attempt.addPicture(picture(id, index));
      const more = await until(events, index === 0 ? 3 : 1);
      seen.push(...more.map(({ seq }) => seq));
      for (const socket of sockets.clients) socket.terminate();
      await events.next().catch(() => {});
    }
    await attempt.succeed(attempt.job.drawn, { warnings: [], timings: [] });
    const rest = await until(client().iterate<Answer>({ query: FOLLOW, variables: { id, after: seen.at(-1)! } }), 100);
    seen.push(...rest.map(({ seq }) => seq));
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await vi.waitFor(() => expect(service.store.listeners.size).toBe(0), { timeout: 10_000 });
  });

  test("leaves no listener when it closes or when an operation is canceled", async () => {
    const id = await service.job();
    const one = client();
    const [first, second] = [1, 2].map(() => one.iterate<Answer>({ query: FOLLOW, variables: { id } }));
    await Promise.all([until(first!, 1), until(second!, 1)]);
    expect(service.store.listeners.get(id)?.size).toBe(2);
    await first!.return!();
    await vi.waitFor(() => expect(service.store.listeners.get(id)?.size).toBe(1), { timeout: 10_000 });
    await one.dispose();
    await vi.waitFor(() => expect(service.store.listeners.size).toBe(0), { timeout: 10_000 });
  });
});

describe("a socket is opened", () => {
  const params = { authorization: "Bearer ada" };

  test("with a key in the parameters or in the upgrade", async () => {
    expect(await closed({}, params)).toBe(0);
    expect(await closed({ authorization: "Bearer ada" }, {})).toBe(0);
    expect(await closed({}, { Authorization: "Bearer ada" })).toBe(0);
  });

  test.each([{}, { authorization: "Bearer eve" }, { authorization: 7 }, { authorization: "Bearer ada\r\nx: y" }])(
    "but not with the parameters %j",
    async (wrong) => {
      expect(await closed({}, wrong)).toBe(4403);
    },
  );

  test("by pages of its own origin and of allowed origins, and by no other", async () => {
    expect(await closed({ origin: "https://app.example.com" }, params)).toBe(0);
    expect(await closed({ origin: url.replace("ws:", "http:").replace("/graphql", "") }, params)).toBe(0);
    expect(await closed({ origin: "https://evil.example.com" }, params)).toBe(4403);
    expect(await closed({ origin: "null" }, params)).toBe(4403);
  });
});

describe("a misbehaving client", () => {
  /** A socket that responds neither to pings nor to close frames. */
  async function unresponsiveSocket(): Promise<Socket> {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.on("error", () => {});
    const upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13";
    const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws";
    socket.write(`GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\n${upgrade}\r\n${key}\r\n\r\n`);
    await once(socket, "data");
    return socket;
  }
  /** A text frame, with a mask of zeros. */
  const frame = (text: string) => {
    const head = Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    head.writeBigUInt64BE(BigInt(text.length), 2);
    return Buffer.concat([head, Buffer.from(text)]);
  };

  test("that sends and never reads is disconnected", async () => {
    const socket = await unresponsiveSocket();
    socket.pause();
    const ping = frame(JSON.stringify({ type: "ping", payload: { text: "x".repeat(90_000) } }));
    // The responses are buffered in the server, up to its limit.
    while (!socket.destroyed) await new Promise<void>((sent) => socket.write(ping, () => sent()));
    await vi.waitFor(() => expect(sockets.clients.size).toBe(0), { timeout: 10_000 });
  });

  test("that sends an invalid frame is closed with ws's code, and nothing is printed", async () => {
    const printed = vi.spyOn(console, "error").mockImplementation(() => {});
    const socket = await unresponsiveSocket();
    const answered = once(socket, "data");
    socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]));
    const [closing] = (await answered) as [Buffer];
    expect([closing[0], closing.readUInt16BE(2)]).toEqual([0x88, 1002]);
    socket.resetAndDestroy();
    await vi.waitFor(() => expect(sockets.clients.size).toBe(0), { timeout: 10_000 });
    expect(printed).not.toHaveBeenCalled();
    expect(service.logged).toEqual([]);
  });

  test("that ignores the close frame does not delay the server's shutdown", async () => {
    const socket = await unresponsiveSocket();
    await webSocketService.dispose();
    expect(sockets.clients.size).toBe(0);
    await vi.waitFor(() => expect(socket.destroyed).toBe(true), { timeout: 10_000 });
  });
});

describe("an error over a socket", () => {
  const errorOf = async (query: string, variables: Record<string, unknown> = {}) => {
    const result = client().iterate<Answer>({ query, variables }).next();
    const errors = await result.then(
      ({ value }) => value.errors,
      (error) => error,
    );
    return errors[0];
  };
  const requestId = expect.stringMatching(/^[0-9a-f-]{36}$/);

  test.each([
    ["a syntax error", "{ viewer {", {}, "GRAPHQL_PARSE_FAILED"],
    ["an unknown field", "{ viewer { ownr } }", {}, "GRAPHQL_VALIDATION_FAILED"],
    ["a wrong variable", GENERATE, { input: { prompt: 7 } }, "BAD_USER_INPUT"],
    ["an unknown job", FOLLOW, { id: "nothing" }, "NOT_FOUND"],
    [
      "too many aliases",
      `{ ${Array.from({ length: 30 }, (_, i) => `a${i}: __typename`).join(" ")} ${"models { name } ".repeat(500)} }`,
      {},
      "LIMIT_EXCEEDED",
    ],
    [
      "too many variables",
      GENERATE,
      { input: { prompt: "a", mix: Array.from({ length: 500 }, () => "a") } },
      "LIMIT_EXCEEDED",
    ],
    ["a text too long", `{ viewer { owner } } # ${"x".repeat(30_000)}`, {}, "LIMIT_EXCEEDED"],
  ])("for %s has its code and a request id", async (_, query, variables, code) => {
    expect((await errorOf(query, variables)).extensions).toMatchObject({ code, requestId });
  });

  test("of the service itself is masked and logged", async () => {
    vi.spyOn(service.store, "get").mockRejectedValue(new Error("secret"));
    const error = await errorOf('{ job(id: "a") { id } }');
    expect(error.extensions).toEqual({ code: "INTERNAL_SERVER_ERROR", requestId });
    expect(error.message).toContain(error.extensions.requestId);
    expect(service.logged).toMatchObject([{ error: { message: "secret" }, requestId: error.extensions.requestId }]);
  });

  test("does not close the socket", async () => {
    const one = client();
    await one
      .iterate({ query: "{" })
      .next()
      .catch(() => {});
    const { value } = await one.iterate<Answer>({ query: "{ viewer { owner } }" }).next();
    expect(value.data.viewer.owner).toBe("ada");
  });

  test("is sent for more concurrent operations than allowed", async () => {
    const id = await service.job();
    const one = client();
    const live = Array.from({ length: 3 }, () => one.iterate<Answer>({ query: FOLLOW, variables: { id } }));
    await Promise.all(live.map((events) => until(events, 1)));
    const refused = await one
      .iterate({ query: FOLLOW, variables: { id } })
      .next()
      .catch((error) => error);
    expect(refused[0].extensions).toMatchObject({ code: "LIMIT_EXCEEDED" });
  });
});
