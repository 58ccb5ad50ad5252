// Serves graphql-ws over the sockets of `ws`. Replaces graphql-ws's own `use/ws`, which logs broken connections as errors,
// leaks internal errors to clients, and buffers without limit for a client that never reads.
import type { IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { handleProtocols, makeServer } from "graphql-ws";
import type { WebSocket, WebSocketServer } from "ws";
import type { Log } from "../server/mask-errors.ts";
import { requestIdOf } from "../server/use-request-id.ts";
import { readMessage } from "./messages.ts";
import { type SocketOptions, SocketRefused } from "./options.ts";

/** A client that has not answered a ping by the next one is disconnected. */
const PING_INTERVAL_MS = 12_000;
/** Limit on unsent data for a client that sends but does not read: several times the largest result. */
const MAX_BUFFERED_BYTES = 16_000_000;
/** Grace period for the client's close frame. */
const CLOSE_TIMEOUT_MS = 1_000;
const CLOSE_CODES = { goingAway: 1001, badRequest: 4400, internalError: 4500 } as const;

export type WebSocketService = { dispose(): Promise<void> };

export function serveWebSockets(server: WebSocketServer, options: SocketOptions, log: Log): WebSocketService {
  const protocol = makeServer(options);
  server.options.handleProtocols = handleProtocols;
  const onConnection = (socket: WebSocket, request: IncomingMessage) => {
    // Invalid frames and broken connections: ws closes the socket itself, with the right close code.
    socket.on("error", () => {});
    const heartbeat = startHeartbeat(socket);
    // ws itself waits half a minute for the client's close frame.
    const close = (code: number, reason: string) => {
      socket.close(code, reason);
      setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS).unref();
    };
    for (const event of ["message", "ping"]) {
      socket.on(event, () => {
        if (socket.bufferedAmount > MAX_BUFFERED_BYTES) socket.terminate();
      });
    }
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        // Resolves even if sending fails: the socket then closes, and its operations end with it.
        send: (text) => new Promise((resolve) => socket.send(text, () => resolve())),
        close,
        onMessage: (handle) =>
          socket.on("message", async (data) => {
            try {
              await handle(String(data));
            } catch (error) {
              if (error instanceof SocketRefused) return close(error.code, error.message);
              // graphql-ws throws for a message that only servers send.
              if (readMessage(String(data)) === undefined) return close(CLOSE_CODES.badRequest, "Invalid message");
              log(error, { requestId: requestIdOf(new Headers()) });
              close(CLOSE_CODES.internalError, "Internal server error");
            }
          }),
      },
      { request },
    );
    socket.once("close", (code, reason) => {
      clearInterval(heartbeat);
      void closed(code, String(reason));
    });
  };
  server.on("connection", onConnection);
  return {
    async dispose() {
      server.off("connection", onConnection);
      const sockets = [...server.clients];
      const closed = Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once("close", resolve))));
      for (const socket of sockets) socket.close(CLOSE_CODES.goingAway, "Going away");
      await Promise.race([closed, sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
      for (const socket of sockets) socket.terminate();
      await closed;
    },
  };
}

function startHeartbeat(socket: WebSocket): NodeJS.Timeout {
  let alive = true;
  socket.on("pong", () => {
    alive = true;
  });
  return setInterval(() => {
    if (!alive) return socket.terminate();
    alive = false;
    socket.ping();
  }, PING_INTERVAL_MS);
}
