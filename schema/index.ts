// The published language, joined: jobs and blobs in, a server of GraphQL out.
import { GraphQLError, lexicographicSortSchema, printSchema } from "graphql";
import { createYoga, type YogaServerInstance } from "graphql-yoga";
import type { WebSocketServer } from "ws";
import { useBodyLimit } from "./body-limit.ts";
import { builder } from "./builder.ts";
import { type Serving, serveSockets } from "./carrier.ts";
import { type ApiOptions, type Context, DEFAULTS } from "./context.ts";
import { type Detached, detached } from "./detached.ts";
import { documentCaches } from "./documents.ts";
import { type ServerContext, useDoor } from "./door.ts";
import { graphiqlOptions, renderGraphiql } from "./graphiql.ts";
import { useLimits } from "./limits.ts";
import { corsFor } from "./origin.ts";
import type { Asker } from "./prepared.ts";
import { type SocketOptions, socketOptions } from "./socket.ts";
import "./scalars.ts";
import "./job.ts";
import "./history.ts";
import "./search.ts";
import "./model.ts";
import "./viewer.ts";
import "./verbs.ts";
import "./cancel.ts";
import "./upload.ts";
import "./subscription.ts";

export type { ApiOptions, Rules, Viewer } from "./context.ts";
export { DEFAULTS } from "./context.ts";
export type { Detached } from "./detached.ts";
export {
  type ClientMessage,
  MessageType,
  problem,
  readMessage,
  SUBPROTOCOL,
  type SubscribePayload,
  say,
} from "./messages.ts";
export { keyShown, type SocketOptions, tooMany } from "./socket.ts";

export const schema = builder.toSchema();

/** As schema.graphql has it. */
export const schemaText = (): string => `${printSchema(lexicographicSortSchema(schema))}\n`;

/** To whoever shows none that is known. */
export const NO_KEY = "Send a valid key: authorization: Bearer <key>.";

export type Api = {
  /** Handles a Request (`yoga.fetch`), and is a listener for node:http (`createServer(yoga)`). */
  readonly yoga: YogaServerInstance<ServerContext, object>;
  /** For graphql-ws: the same API over whatever carries its messages. */
  readonly socket: SocketOptions;
  /** Serves the sockets of a WebSocketServer, whose maxPayload is the caller's to set; `dispose` closes them. */
  serveSockets(server: WebSocketServer): Serving;
  /** The same API for sockets that no process holds open. */
  readonly detached: Detached;
};

export function createApi(options: ApiOptions): Api {
  const { authenticate, introspection, graphiql, streams, cors = [], log, ...services } = options;
  const rules = { ...DEFAULTS, ...options.rules };
  const watch = services.jobs.watch.bind(services.jobs);
  const yoga = createYoga<ServerContext, object>({
    schema,
    context: async (initial): Promise<Context> => {
      const asked = initial as typeof initial & Asker;
      const { requestId, request, headers, viewer = await authenticate(headers ?? request.headers) } = asked;
      if (viewer) return { ...services, rules, watch: asked.watch ?? watch, viewer, requestId };
      throw new GraphQLError(NO_KEY, {
        extensions: { code: "UNAUTHENTICATED", http: { status: 401, headers: { "www-authenticate": "Bearer" } } },
      });
    },
    plugins: [useBodyLimit(rules.bodyBytes), useDoor(log), ...useLimits({ introspection })],
    cors: corsFor(cors),
    graphiql: graphiql && graphiqlOptions(streams),
    renderGraphiQL: renderGraphiql,
    parserAndValidationCache: documentCaches(),
    maxRequestBodySize: false,
    // useDoor masks, with the request's id; Yoga's own masking would come first and without it.
    maskedErrors: false,
    logging: false,
    landingPage: false,
    multipart: false,
    batching: false,
  });
  const socket = socketOptions(yoga, options, rules);
  return {
    yoga,
    socket,
    serveSockets: (server) => serveSockets(server, socket, log),
    detached: detached(yoga, { ...options, cors }),
  };
}
