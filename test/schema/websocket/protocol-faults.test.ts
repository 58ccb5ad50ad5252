// Messages that no client may send end the socket with 4400. They are the client's fault, so nothing is logged.
import { once } from "node:events";
import { createServer } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { listen } from "../../support/listen.ts";
import { Service } from "../../support/schema/service.ts";

test.each([
  { type: "connection_ack" },
  { type: "next", id: "1", payload: { data: null } },
  { type: "error", id: "1", payload: [] },
  { type: "unknown" },
  "no object",
])("%j ends the socket with 4400", async (message) => {
  const service = new Service();
  const server = createServer(service.api.yoga);
  const serving = service.api.serveSockets(new WebSocketServer({ server, path: "/graphql" }));
  onTestFinished(async () => {
    await serving.dispose();
    server.close();
  });
  const socket = new WebSocket(`ws://127.0.0.1:${await listen(server)}/graphql`, "graphql-transport-ws");
  await once(socket, "open");
  socket.send(JSON.stringify({ type: "connection_init", payload: { authorization: "Bearer ada" } }));
  expect(JSON.parse(String((await once(socket, "message"))[0]))).toEqual({ type: "connection_ack" });
  socket.send(JSON.stringify(message));
  const [code] = await once(socket, "close");
  expect(code).toBe(4400);
  expect(service.logged).toEqual([]);
});
