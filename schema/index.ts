// The GraphQL API: builds the schema from the modules below, and a server from the services it is given.
import { printSchema } from "graphql";
import { createYoga, type YogaServerInstance } from "graphql-yoga";
import type { WebSocketServer } from "ws";
import { builder } from "./builder.ts";
import { type ApiOptions, type Context, DEFAULT_POLICY } from "./context.ts";
import { corsHeaders, Origins, yogaCors } from "./server/cors.ts";
import { createStreamCounter } from "./server/count-streams.ts";
import { createDocumentCache } from "./server/document-cache.ts";
import { graphiqlOptions, renderGraphiql, useGraphiqlFiles } from "./server/graphiql.ts";
import { useBodyLimit } from "./server/use-body-limit.ts";
import { useNotAcceptable, useRequestMembers } from "./server/use-client-protocols.ts";
import { useErrorMasking } from "./server/use-error-masking.ts";
import { useJsonOnly } from "./server/use-json-only.ts";
import { useMultipartSubscriptions } from "./server/use-multipart-subscriptions.ts";
import { useOperationLimits } from "./server/use-operation-limits.ts";
import { usePageHeaders } from "./server/use-page-headers.ts";
import { type ServerContext, useRequestId } from "./server/use-request-id.ts";
import { unauthenticated } from "./server/while-authorized.ts";
import { withinLimits } from "./server/within-limits.ts";
import { type SocketOptions, socketOptions } from "./websocket/options.ts";
import type { RequestOrigin } from "./websocket/prepare-operation.ts";
import { serveWebSockets, type WebSocketService } from "./websocket/serve.ts";
import { createStatelessOperations, type StatelessOperations } from "./websocket/stateless.ts";
import "./types/scalars.ts";
import "./types/node.ts";
import "./types/job.ts";
import "./types/job-connection.ts";
import "./types/search.ts";
import "./types/embedding.ts";
import "./types/model.ts";
import "./types/viewer.ts";
import "./types/queue.ts";
import "./mutations/submit.ts";
import "./mutations/cancel.ts";
import "./mutations/delete.ts";
import "./mutations/set-starred.ts";
import "./mutations/create-upload.ts";
import "./types/subscription.ts";

export type { ApiOptions, ApiPolicy, Viewer } from "./context.ts";
export { DEFAULT_POLICY } from "./context.ts";
export { addHeaders, DATA_HEADERS, pageHeaders } from "./server/page-headers.ts";
export { StaticFile } from "./server/static-file.ts";
export { NO_KEY } from "./server/while-authorized.ts";
export { withinLimits } from "./server/within-limits.ts";
export {
  type ClientMessage,
  encodeMessage,
  errorPayload,
  MessageType,
  readMessage,
  SUBPROTOCOL,
  type SubscribePayload,
} from "./websocket/messages.ts";
export { keyFromParams, type SocketOptions, tooManyOperations } from "./websocket/options.ts";
export type { EventsAtHand, StatelessOperations } from "./websocket/stateless.ts";

export const schema = builder.toSchema({ sortSchema: false });

/** The SDL, with fields in the order of definition. schema.graphql holds the same text. */
export const schemaText = (): string => `${printSchema(schema)}\n`;

/** The GraphQL API, for each way of serving it. */
export type Api = {
  /** Handles a Request (`yoga.fetch`), and is a listener for node:http (`createServer(yoga)`). */
  readonly yoga: YogaServerInstance<ServerContext, object>;
  /** The CORS headers for a response of the same service outside of GraphQL. */
  corsHeaders(request: Request): Readonly<Record<string, string>>;
  /** Options for graphql-ws: the same API over any transport for its messages. */
  readonly socket: SocketOptions;
  /** Serves the sockets of a WebSocketServer; set its maxPayload. `dispose` closes them. */
  serveSockets(server: WebSocketServer): WebSocketService;
  /** The same API for sockets that no process holds open, such as API Gateway's. */
  readonly stateless: StatelessOperations;
};

/** Creates the GraphQL API over a job service and its stores. */
export function createApi(options: ApiOptions): Api {
  const {
    authenticate,
    introspection,
    graphiql,
    streamUrl,
    cors = [],
    onRefusedOrigin,
    log,
    jobs,
    ...services
  } = options;
  const origins = new Origins(cors, onRefusedOrigin);
  const policy = { ...DEFAULT_POLICY, ...options.policy };
  const yoga = createYoga<ServerContext, object>({
    schema,
    context: async (initial): Promise<Context> => {
      const origin = initial as typeof initial & RequestOrigin;
      // Yoga adds the returned context to `initial` itself, so the viewer that was given is read before.
      const { requestId, request, headers = request?.headers, viewer: given } = origin;
      const findViewer = async () => given ?? (await authenticate(headers));
      const viewer = await findViewer();
      if (!viewer) throw unauthenticated();
      const limiter = viewer.unlimited ? undefined : services.limiter;
      if (!origin.isDelivery) await withinLimits(limiter?.take(viewer.owner, "requestsPerMinute"));
      const tenant = jobs.of(viewer.owner);
      const watches = origin.watches ?? tenant;
      const openStream = createStreamCounter(origin.watches ? undefined : limiter, viewer.owner, policy.streamSeconds);
      const authorize = async () => {
        if ((await findViewer())?.owner !== viewer.owner) throw unauthenticated();
      };
      return { ...services, limiter, policy, tenant, watches, openStream, viewer, authorize, requestId };
    },
    plugins: [
      useBodyLimit(policy.bodyBytes),
      useRequestId(),
      ...(graphiql ? [useGraphiqlFiles()] : []),
      useJsonOnly(),
      useRequestMembers(),
      useMultipartSubscriptions(),
      useNotAcceptable(),
      useErrorMasking(log),
      usePageHeaders(streamUrl),
      ...useOperationLimits({ introspection }),
    ],
    cors: yogaCors(origins),
    graphiql: graphiql && graphiqlOptions(streamUrl),
    renderGraphiQL: renderGraphiql,
    parserAndValidationCache: createDocumentCache(),
    maxRequestBodySize: false,
    // useErrorMasking replaces it.
    maskedErrors: false,
    logging: false,
    landingPage: false,
    multipart: false,
    batching: false,
  });
  const socket = socketOptions(yoga, { authenticate, log, origins, limiter: services.limiter }, policy);
  return {
    yoga,
    corsHeaders: (request) => corsHeaders(origins, request),
    socket,
    serveSockets: (server) => serveWebSockets(server, socket, log),
    stateless: createStatelessOperations(yoga, { jobs, log, origins }),
  };
}
