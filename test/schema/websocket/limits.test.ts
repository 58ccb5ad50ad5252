// The limit of a caller's sockets.
import { createServer } from "node:http";
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
