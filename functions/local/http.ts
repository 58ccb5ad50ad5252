// Serves everything on one port: GraphQL over HTTP, SSE and WebSocket; blobs; pages; health; metrics.
import { randomUUID } from "node:crypto";
import type { Server } from "node:http";
import { createServerAdapter } from "@whatwg-node/server";
import { WebSocketServer } from "ws";
import { type Api, type ApiOptions, addHeaders, DATA_HEADERS, DEFAULT_POLICY } from "../../schema/index.ts";
import type { PageRoutes } from "../pages/page-files.ts";
import { pictureRoute } from "../picture-route.ts";
import type { Authenticator } from "./authenticate.ts";
import type { Metrics } from "./metrics.ts";
import type { Services } from "./services.ts";

type HttpServer = {
  readonly api: Api;
  readonly routes: Services["routes"];
  /** Answers paths that begin with "/v1/". */
  readonly openAi: (request: Request) => Promise<Response>;
  readonly pages: PageRoutes;
  readonly metrics: Metrics;
  readonly authenticate: Authenticator["authenticate"];
  /** The body of /health. */
  readonly health: () => object;
  /** Logs errors that are masked in responses, as the API's own option does. */
  readonly log: ApiOptions["log"];
};

const GRAPHQL = "/graphql";

/** Undefined for an invalid URL: clients may send any text as path or Host. */
function pathOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).pathname : undefined;
}

/** Starts answering the requests of a listening server. Returns a function that closes its WebSockets. */
export function serve(
  server: Server,
  { api, routes, openAi, pages, metrics, authenticate, health, log }: HttpServer,
): () => Promise<void> {
  const pictures = pictureRoute(api);
  const respond = async (request: Request): Promise<Response> => {
    const pathname = pathOf(request.url);
    if (pathname === undefined) return new Response("The Host header or the path is malformed.\n", { status: 400 });
    if (request.method === "OPTIONS" && request.headers.has("access-control-request-method")) {
      return new Response(null, { status: 204 });
    }
    if (pathname.startsWith("/v1/")) return openAi(request);
    if (pathname === "/health") return Response.json(health());
    if (pathname === "/metrics") {
      if (!(await authenticate(request.headers))) {
        return new Response("A key is needed.\n", { status: 401, headers: { "www-authenticate": "Bearer" } });
      }
      return new Response(await metrics.text(), { headers: { "content-type": metrics.contentType } });
    }
    const found = (await routes(request)) ?? (await pictures(request)) ?? (await pages(request));
    return found ?? new Response("Not found\n", { status: 404 });
  };
  const respondSafely = async (request: Request): Promise<Response> => {
    try {
      return await respond(request);
    } catch (error) {
      // The client has disconnected and receives no response.
      if (request.signal.aborted) return new Response(null, { status: 400 });
      // Without this, the adapter would send the stack to the client and log nothing.
      const requestId = randomUUID();
      log(error, { requestId });
      return new Response(`Internal server error. Quote request id ${requestId} when you report it.\n`, {
        status: 500,
      });
    }
  };
  const adapter = createServerAdapter(async (request: Request) =>
    addHeaders(await respondSafely(request), { ...DATA_HEADERS, ...api.corsHeaders(request) }),
  );
  server.removeAllListeners("request");
  server.on("request", (request, response) => {
    const { host = "localhost" } = request.headers;
    // Yoga itself would accept any path that ends in it. Nesting the adapters would cost as much as a small query.
    const listener = pathOf(`http://${host}${request.url}`) === GRAPHQL ? api.yoga : adapter;
    void listener(request, response);
  });

  const sockets = new WebSocketServer({ noServer: true, maxPayload: DEFAULT_POLICY.bodyBytes });
  const serving = api.serveSockets(sockets);
  server.on("upgrade", (request, socket, head) => {
    if (pathOf(`http://any${request.url}`) !== GRAPHQL) {
      socket.on("error", () => {});
      // Nothing reads this socket any more, so the client's end would go unnoticed.
      socket.once("finish", () => socket.destroy());
      return void socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    }
    sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit("connection", opened, request));
  });
  return async () => {
    await serving.dispose();
    sockets.close();
  };
}
