// GraphQL over WebSocket (graphql-transport-ws), through Yoga: the same caller, limits and masking as over HTTP.
import type { IncomingHttpHeaders } from "node:http";
import { GraphQLError } from "graphql";
import type { Context as Connection, ServerOptions } from "graphql-ws";
import type { ApiOptions, ApiPolicy } from "../context.ts";
import { mayConnect } from "../server/cors.ts";
import type { Errors } from "../server/mask-errors.ts";
import { requestIdOf } from "../server/use-request.ts";
import { maskErrors, maskExecutionResult, prepareOperation, type Runs, type Yoga } from "./prepare-operation.ts";

/** What is known of the upgrade. */
export type SocketExtra = { readonly request: { readonly headers: IncomingHttpHeaders } };
export type SocketOptions = ServerOptions<Record<string, unknown>, SocketExtra>;
type Opened = Connection<Record<string, unknown>, SocketExtra>;

export function socketOptions(
  yoga: Yoga,
  { authenticate, cors = [], log }: ApiOptions,
  { operationsPerSocket }: ApiPolicy,
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
        return [new GraphQLError(tooMany(operationsPerSocket), { extensions: { code: "LIMIT_EXCEEDED" } })];
      }
      return prepareOperation(yoga, payload, { requestId, headers: headersOf(opened) });
    },
    // graphql-ws chooses between ours.
    execute: (args) => (args.rootValue as Runs).execute(args) as never,
    subscribe: (args) => (args.rootValue as Runs).subscribe(args) as never,
    onNext: (opened, operation, _payload, _args, result) =>
      result.errors && maskExecutionResult(result, errorsOf(opened, operation)),
    onError: (opened, operation, _payload, errors) => {
      const shown = maskErrors(errors, errorsOf(opened, operation));
      // Not every operation that ends like this is completed, too.
      ids.get(opened)?.delete(operation);
      return shown;
    },
    onComplete: (opened, operation) => void ids.get(opened)?.delete(operation),
  };
}

export const tooMany = (operations: number) => `A socket may have ${operations} operations at a time.`;

function headersOf({ extra, connectionParams }: Opened): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(extra.request.headers)) {
    if (value !== undefined && !name.startsWith(":")) headers.set(name, String(value));
  }
  const key = keyFromParams(connectionParams);
  if (key !== undefined) trySet(headers, "authorization", key);
  return headers;
}

/** In connection_init, where it comes before the upgrade's: a page cannot set headers of an upgrade. */
export function keyFromParams(params: Readonly<Record<string, unknown>> = {}): string | undefined {
  const { authorization = params.Authorization } = params;
  return typeof authorization === "string" ? authorization : undefined;
}

/** What is no header's value says nothing of who asks. */
function trySet(headers: Headers, name: string, value: string): void {
  try {
    headers.set(name, value);
  } catch {
    headers.delete(name);
  }
}
