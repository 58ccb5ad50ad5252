// The one port: GraphQL over HTTP, SSE and WebSocket; blobs; health; metrics.
import type { Server } from "node:http";
import { createServerAdapter } from "@whatwg-node/server";
import { WebSocketServer } from "ws";
import { type Api, DEFAULTS } from "../../schema/index.ts";
import type { Doorkeeper } from "./doorkeeper.ts";
import type { Metrics } from "./metrics.ts";
import type { World } from "./world.ts";

export type Served = {
  readonly api: Api;
  readonly routes: World["routes"];
  readonly metrics: Metrics;
  readonly authenticate: Doorkeeper["authenticate"];
  /** What /health tells. */
  readonly health: () => object;
};

/** Gives a listening server something to say; returns what ends its sockets. */
export function serve(server: Server, { api, routes, metrics, authenticate, health }: Served): () => Promise<void> {
  const adapter = createServerAdapter(async (request: Request, context: object): Promise<Response> => {
    const { pathname } = new URL(request.url);
    if (pathname === "/") return new Response(null, { status: 302, headers: { location: "/graphql" } });
    if (pathname === "/health") return Response.json(health());
    if (pathname === "/metrics") {
      if (!(await authenticate(request.headers))) return new Response("A key is needed.\n", { status: 401 });
      return new Response(await metrics.text(), { headers: { "content-type": metrics.contentType } });
    }
    return (await routes(request)) ?? api.yoga.fetch(request, context);
  });
  server.removeAllListeners("request");
  server.on("request", adapter);

  const sockets = new WebSocketServer({ noServer: true, maxPayload: DEFAULTS.bodyBytes });
  const serving = api.serveSockets(sockets);
  server.on("upgrade", (request, socket, head) => {
    if (new URL(request.url ?? "/", "http://x").pathname !== "/graphql") return void socket.destroy();
    sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit("connection", opened, request));
  });
  return async () => {
    await serving.dispose();
    sockets.close();
  };
}
