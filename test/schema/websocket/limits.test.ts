// The limits of sockets: how many a caller has, and for how long they may be silent.
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { localCallerLimiter } from "../../../infra/local/caller-limiter.ts";
import { systemClock } from "../../../infra/ports.ts";
import { listen } from "../../support/listen.ts";
import { Service } from "../../support/schema/service.ts";

const SOCKETS = 3;
const TRY_AGAIN_LATER = 1013;
let service: Service;
let sockets: WebSocketServer;
let url = "";
let close: () => Promise<unknown>;

beforeEach(async () => {
  service = new Service({ limiter: localCallerLimiter({ sockets: SOCKETS }, systemClock) });
  const server = createServer(service.api.yoga);
  sockets = new WebSocketServer({ server, path: "/graphql" });
  const serving = service.api.serveSockets(sockets);
  url = `ws://127.0.0.1:${await listen(server)}/graphql`;
  close = async () => {
    await serving.dispose();
    await new Promise((resolve) => server.close(resolve));
  };
});
afterEach(() => close());

/** An acknowledged socket, or the code with which it was closed. */
function open(owner: string): Promise<WebSocket | number> {
  const socket = new WebSocket(url, "graphql-transport-ws");
  const payload = { authorization: `Bearer ${owner}` };
  socket.on("open", () => socket.send(JSON.stringify({ type: "connection_init", payload })));
  return new Promise((resolve) => {
    socket.on("message", () => resolve(socket)).on("close", resolve);
  });
}

test("a caller has as many sockets as the limit allows, and another when one closes", async () => {
  const opened = await Promise.all(Array.from({ length: SOCKETS }, () => open("ada")));
  expect(opened.filter((one) => typeof one === "number")).toEqual([]);
  expect(await open("ada")).toBe(TRY_AGAIN_LATER);
  expect(await open("bob")).toBeInstanceOf(WebSocket);
  (opened[0] as WebSocket).close();
  await vi.waitFor(async () => expect(await open("ada")).toBeInstanceOf(WebSocket), { timeout: 10_000 });
  expect(service.logged).toEqual([]);
});

test("a client that sends no connection_init and ignores the close frame is disconnected after seconds", async () => {
  const { port } = new URL(url);
  const socket = connect(Number(port), "127.0.0.1");
  const headers = {
    host: "127.0.0.1",
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": Buffer.alloc(16).toString("base64"),
    "sec-websocket-protocol": "graphql-transport-ws",
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET /graphql HTTP/1.1\r\n${lines.join("")}\r\n`);
  let received = "";
  socket.on("data", (data) => {
    received += data.toString("latin1");
  });
  await once(socket, "end", { signal: AbortSignal.timeout(20_000) });
  expect(received).toContain("101 Switching Protocols");
  expect(received).toContain("Connection initialisation timeout");
});
