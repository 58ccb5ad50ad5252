// Servers on free ports of the loopback.
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";

/** Opens the server on a free port of 127.0.0.1. Returns the port. */
export async function listen(server: Server): Promise<number> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  return (server.address() as AddressInfo).port;
}

/** A port for another process. Nothing reserves it. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, "close");
  return port;
}
