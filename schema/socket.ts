// GraphQL over WebSocket (graphql-transport-ws), through Yoga: the same caller, limits and masking as over HTTP.
import type { IncomingHttpHeaders } from "node:http";
import { type ExecutionArgs, GraphQLError } from "graphql";
import type { Context as Connection, ServerOptions, SubscribePayload } from "graphql-ws";
import type { YogaServerInstance } from "graphql-yoga";
import type { ApiOptions, Rules } from "./context.ts";
import { requestIdOf, type ServerContext } from "./door.ts";
import { type Errors, presented, presentedResult } from "./masking.ts";
import { mayConnect } from "./origin.ts";

/** What is known of the upgrade. */
export type SocketExtra = { readonly request: { readonly headers: IncomingHttpHeaders } };
export type SocketOptions = ServerOptions<Record<string, unknown>, SocketExtra>;
type Opened = Connection<Record<string, unknown>, SocketExtra>;

type Execute = (args: ExecutionArgs) => never;
/** Yoga makes both anew for each operation, so they travel with its arguments. */
type Runs = { readonly execute: Execute; readonly subscribe: Execute };

export function socketOptions(
  yoga: YogaServerInstance<ServerContext, object>,
  { authenticate, cors = [], log }: ApiOptions,
  { operationsPerSocket }: Rules,
): SocketOptions {
  const ids = new WeakMap<Opened, Map<string, string>>();
  const errorsOf = (opened: Opened, operation: string): Errors => {
    return { requestId: ids.get(opened)?.get(operation) ?? requestIdOf(new Headers()), log };
  };
  return {
    // No: the close code 4403.
    onConnect: async (opened) => {
      const headers = headersOf(opened);
      try {
        return mayConnect(headers, cors) && (await authenticate(headers)) !== undefined;
      } catch (error) {
        log(error, { requestId: requestIdOf(headers) });
        return false;
      }
    },
    onSubscribe: async (opened, operation, payload) => {
      const known = ids.get(opened) ?? new Map<string, string>();
      const requestId = requestIdOf(new Headers());
      ids.set(opened, known.set(operation, requestId));
      if (Object.keys(opened.subscriptions).length > operationsPerSocket) {
        const message = `A socket may have ${operationsPerSocket} operations at a time.`;
        return [new GraphQLError(message, { extensions: { code: "LIMIT_EXCEEDED" } })];
      }
      return prepared(yoga, payload, { requestId, headers: headersOf(opened) });
    },
    execute: (args) => (args.rootValue as Runs).execute(args),
    subscribe: (args) => (args.rootValue as Runs).subscribe(args),
    onNext: (opened, operation, _payload, _args, result) => {
      if (!result.errors) return undefined;
      const { errors, ...rest } = presentedResult(result, errorsOf(opened, operation));
      return { ...rest, errors: errors?.map(told) };
    },
    onError: (opened, operation, _payload, errors) => {
      const shown = presented(errors, errorsOf(opened, operation)).map(told);
      // Not every operation that ends like this is completed, too.
      ids.get(opened)?.delete(operation);
      return shown;
    },
    onComplete: (opened, operation) => void ids.get(opened)?.delete(operation),
  };
}

async function prepared(
  yoga: YogaServerInstance<ServerContext, object>,
  { query, operationName, variables }: SubscribePayload,
  initial: ServerContext & { readonly headers: Headers },
): Promise<ExecutionArgs | GraphQLError[]> {
  const variableValues = variables ?? undefined;
  const params = { query, operationName: operationName ?? undefined, variables: variableValues };
  const enveloped = yoga.getEnveloped({ ...initial, params });
  try {
    const document = enveloped.parse(query);
    const errors = enveloped.validate(enveloped.schema, document) as GraphQLError[];
    if (errors.length > 0) return errors;
    const contextValue = await enveloped.contextFactory();
    // Subscriptions and the rest run through other functions; graphql-ws chooses between ours.
    const rootValue: Runs = { execute: enveloped.execute as Execute, subscribe: enveloped.subscribe as Execute };
    const { schema } = enveloped;
    return { schema, document, contextValue, rootValue, operationName, variableValues };
  } catch (error) {
    // An error that escapes from here would close the whole socket.
    return [error instanceof GraphQLError ? error : new GraphQLError("", { originalError: error as Error })];
  }
}

/** The upgrade's, with the key from connection_init where there is one: a page cannot set headers of an upgrade. */
function headersOf({ extra, connectionParams = {} }: Opened): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(extra.request.headers)) {
    if (value !== undefined && !name.startsWith(":")) headers.set(name, String(value));
  }
  const { authorization = connectionParams.Authorization } = connectionParams;
  if (typeof authorization === "string") trySet(headers, "authorization", authorization);
  return headers;
}

/** What is no header's value says nothing of who asks. */
function trySet(headers: Headers, name: string, value: string): void {
  try {
    headers.set(name, value);
  } catch {
    headers.delete(name);
  }
}

function told(error: GraphQLError) {
  const { extensions = {}, ...formatted } = error.toJSON();
  const { http: _, unexpected: __, ...shown } = extensions;
  return { ...formatted, extensions: shown };
}
