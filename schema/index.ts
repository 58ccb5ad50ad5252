// The published language, joined: jobs and blobs in, a server of GraphQL out.
import { GraphQLError, lexicographicSortSchema, printSchema } from "graphql";
import { createYoga, type YogaServerInstance } from "graphql-yoga";
import type { WebSocketServer } from "ws";
import { builder } from "./builder.ts";
import { type ApiOptions, type Context, DEFAULTS } from "./context.ts";
import { corsFor } from "./server/cors.ts";
import { useDocumentCache } from "./server/document-cache.ts";
import { graphiqlOptions, renderGraphiql } from "./server/graphiql.ts";
import { useBodyLimit } from "./server/use-body-limit.ts";
import { useOperationLimits } from "./server/use-operation-limits.ts";
import { type ServerContext, useRequest } from "./server/use-request.ts";
import { type SocketOptions, socketOptions } from "./websocket/options.ts";
import type { RequestOrigin } from "./websocket/prepare-operation.ts";
import { type Serving, serveWebSockets } from "./websocket/serve.ts";
import { createStatelessOperations, type StatelessOperations } from "./websocket/stateless.ts";
import "./types/scalars.ts";
import "./types/job.ts";
import "./types/job-connection.ts";
import "./types/search.ts";
import "./types/model.ts";
import "./types/viewer.ts";
import "./mutations/submit.ts";
import "./mutations/cancel.ts";
import "./mutations/create-upload.ts";
import "./types/subscription.ts";

export type { ApiOptions, ApiPolicy, Viewer } from "./context.ts";
export { DEFAULTS } from "./context.ts";
export {
  type ClientMessage,
  encodeMessage,
  MessageType,
  problem,
  readMessage,
  SUBPROTOCOL,
  type SubscribePayload,
} from "./websocket/messages.ts";
export { keyFromParams, type SocketOptions, tooMany } from "./websocket/options.ts";
export type { StatelessOperations } from "./websocket/stateless.ts";

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
  readonly detached: StatelessOperations;
};

export function createApi(options: ApiOptions): Api {
  const { authenticate, introspection, graphiql, streams, cors = [], log, ...services } = options;
  const rules = { ...DEFAULTS, ...options.rules };
  const watch = services.jobs.watch.bind(services.jobs);
  const yoga = createYoga<ServerContext, object>({
    schema,
    context: async (initial): Promise<Context> => {
      const asked = initial as typeof initial & RequestOrigin;
      const { requestId, request, headers, viewer = await authenticate(headers ?? request.headers) } = asked;
      if (viewer) return { ...services, rules, watch: asked.watch ?? watch, viewer, requestId };
      throw new GraphQLError(NO_KEY, {
        extensions: { code: "UNAUTHENTICATED", http: { status: 401, headers: { "www-authenticate": "Bearer" } } },
      });
    },
    plugins: [useBodyLimit(rules.bodyBytes), useRequest(log), ...useOperationLimits({ introspection })],
    cors: corsFor(cors),
    graphiql: graphiql && graphiqlOptions(streams),
    renderGraphiQL: renderGraphiql,
    parserAndValidationCache: useDocumentCache(),
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
    serveSockets: (server) => serveWebSockets(server, socket, log),
    detached: createStatelessOperations(yoga, { ...options, cors }),
  };
}
