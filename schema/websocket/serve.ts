// What carries graphql-ws over the sockets of ws. In place of its own carrier, which prints each line that breaks as if it
// were an error of ours, tells clients of the ones that are, and lets one who never reads fill the memory.
import type { IncomingMessage } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { handleProtocols, makeServer } from "graphql-ws";
import type { WebSocket, WebSocketServer } from "ws";
import type { Log } from "../server/mask-errors.ts";
import { requestIdOf } from "../server/use-request.ts";
import type { SocketOptions } from "./options.ts";

/** Whoever has not answered a ping when the next one is due is gone. */
const PING_MS = 12_000;
/** What waits to be read by a client that goes on sending: several times the largest answer. */
const UNREAD_BYTES = 16_000_000;
/** After a goodbye, for the client's own. */
const GOODBYE_MS = 1_000;
const CODES = { goingAway: 1001, internalError: 4500 } as const;

export type Serving = { dispose(): Promise<void> };

export function serveWebSockets(server: WebSocketServer, options: SocketOptions, log: Log): Serving {
  const protocol = makeServer(options);
  server.options.handleProtocols = handleProtocols;
  const connected = (socket: WebSocket, request: IncomingMessage) => {
    // A frame that is none, a line that breaks: ws closes the socket itself, with the code for it.
    socket.on("error", () => {});
    const heart = beat(socket);
    for (const sign of ["message", "ping"]) {
      socket.on(sign, () => void (socket.bufferedAmount > UNREAD_BYTES && socket.terminate()));
    }
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        // Also when it could not be sent: then the socket closes, and all that runs on it.
        send: (text) => new Promise((resolve) => socket.send(text, () => resolve())),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (take) =>
          socket.on("message", async (data) => {
            try {
              await take(String(data));
            } catch (error) {
              log(error, { requestId: requestIdOf(new Headers()) });
              socket.close(CODES.internalError, "Internal server error");
            }
          }),
      },
      { request },
    );
    socket.once("close", (code, reason) => {
      clearInterval(heart);
      void closed(code, String(reason));
    });
  };
  server.on("connection", connected);
  return {
    async dispose() {
      server.off("connection", connected);
      const sockets = [...server.clients];
      const gone = sockets.map((socket) => new Promise((resolve) => socket.once("close", resolve)));
      for (const socket of sockets) socket.close(CODES.goingAway, "Going away");
      await Promise.race([Promise.all(gone), pause(GOODBYE_MS, undefined, { ref: false })]);
      for (const socket of sockets) socket.terminate();
      await Promise.all(gone);
    },
  };
}

function beat(socket: WebSocket): NodeJS.Timeout {
  let heard = true;
  socket.on("pong", () => {
    heard = true;
  });
  return setInterval(() => {
    if (!heard) return socket.terminate();
    heard = false;
    socket.ping();
  }, PING_MS);
}
