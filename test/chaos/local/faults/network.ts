// Clients that take connections and do not use them.
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Fault, FaultContext } from "./fault.ts";

const IDLE = 500;
const SLOW = 100;
/** Every request is answered within this time while the connections are open. Half of what Node grants a header. */
const RESPONSE_MS = 30_000;

/** Connections that send nothing. */
export const idleSockets: Fault = {
  name: `${IDLE} idle sockets`,
  weight: 2,
  inject: (context) => withSockets(context, IDLE, async () => {}),
};

/** Connections that send a header byte by byte. */
export const slowRequests: Fault = {
  name: `${SLOW} requests of a byte every 50 ms`,
  weight: 2,
  inject: (context) =>
    withSockets(context, SLOW, async (sockets) => {
      for (const byte of "POST /graphql HTTP/1.1\r\n") {
        for (const socket of sockets) if (!socket.destroyed) socket.write(byte);
        await sleep(50);
      }
    }),
};

async function withSockets(
  { server, violations }: FaultContext,
  count: number,
  use: (sockets: readonly Socket[]) => Promise<void>,
): Promise<void> {
  const { hostname, port } = new URL(server.url);
  const sockets = Array.from({ length: count }, () => connect(Number(port), hostname).on("error", () => {}));
  try {
    await use(sockets);
    const response = await fetch(`${server.url}/health`, { signal: AbortSignal.timeout(RESPONSE_MS) }).catch(String);
    if (typeof response === "string") violations.add("unserved", `with ${count} held connections: ${response}`);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}
