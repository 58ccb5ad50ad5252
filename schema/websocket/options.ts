// Server options for graphql-ws (protocol graphql-transport-ws) on top of Yoga: the same authentication, limits and error
// masking as over HTTP.
import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { GraphQLError } from "graphql";
import type { ServerOptions, Context as SocketContext } from "graphql-ws";
import { LimitExceededError } from "../../infra/auth/caller-limits.ts";
import type { ApiOptions, ApiPolicy } from "../context.ts";
import type { Origins } from "../server/cors.ts";
import type { MaskContext } from "../server/mask-errors.ts";
import { requestIdOf } from "../server/use-request-id.ts";
import { maskMessageErrors, maskMessageResult } from "./mask-message.ts";
import { type OperationRunners, prepareOperation, type Yoga } from "./prepare-operation.ts";

/** The upgrade request. */
type SocketExtra = { readonly request: { readonly headers: IncomingHttpHeaders } };
export type SocketOptions = ServerOptions<Record<string, unknown>, SocketExtra>;
type Socket = SocketContext<Record<string, unknown>, SocketExtra>;

type Parts = Pick<ApiOptions, "authenticate" | "log" | "limiter"> & { readonly origins: Origins };

/** RFC 6455's code for "try again later". A client of graphql-ws connects again. */
const TRY_AGAIN_LATER = 1013;

/** Closes the socket with this code. */
export class SocketRefused extends Error {
  readonly code: number;

  constructor(code: number, reason: string) {
    super(reason);
    this.code = code;
  }
}

export function socketOptions(
  yoga: Yoga,
  { authenticate, log, origins, limiter }: Parts,
  { operationsPerSocket, streamSeconds }: ApiPolicy,
): SocketOptions {
  /** Per socket: operation id -> request id. */
  const requestIds = new WeakMap<Socket, Map<string, string>>();
  const maskContext = (socket: Socket, operation: string): MaskContext => {
    return { requestId: requestIds.get(socket)?.get(operation) ?? requestIdOf(new Headers()), log };
  };
  const counter = createSocketCounter(limiter, streamSeconds);
  return {
    // False closes the socket with code 4403.
    onConnect: async (socket) => {
      const headers = headersOf(socket);
      try {
        if (!origins.mayConnect(headers)) return false;
        const viewer = await authenticate(headers);
        if (viewer === undefined) return false;
        if (!viewer.unlimited) await counter.open(socket, viewer.owner);
        return true;
      } catch (error) {
        if (error instanceof LimitExceededError) throw new SocketRefused(TRY_AGAIN_LATER, error.message);
        log(error, { requestId: requestIdOf(headers) });
        return false;
      }
    },
    onClose: (socket) => counter.close(socket),
    onSubscribe: async (socket, operation, payload) => {
      const ids = requestIds.get(socket) ?? new Map<string, string>();
      const requestId = requestIdOf(new Headers());
      requestIds.set(socket, ids.set(operation, requestId));
      if (Object.keys(socket.subscriptions).length > operationsPerSocket) {
        return [new GraphQLError(tooManyOperations(operationsPerSocket), { extensions: { code: "LIMIT_EXCEEDED" } })];
      }
      return prepareOperation(yoga, payload, { requestId, headers: headersOf(socket) });
    },
    // graphql-ws picks the runner by the kind of operation.
    execute: (args) => (args.rootValue as OperationRunners).execute(args) as never,
    subscribe: (args) => (args.rootValue as OperationRunners).subscribe(args) as never,
    onNext: (socket, operation, _payload, _args, result) =>
      result.errors && maskMessageResult(result, maskContext(socket, operation)),
    onError: (socket, operation, _payload, errors) => {
      const masked = maskMessageErrors(errors, maskContext(socket, operation));
      // graphql-ws does not call onComplete for every operation that ends with an error.
      requestIds.get(socket)?.delete(operation);
      return masked;
    },
    onComplete: (socket, operation) => void requestIds.get(socket)?.delete(operation),
  };
}

/** Counts the sockets of each owner. */
function createSocketCounter(limiter: ApiOptions["limiter"], seconds: number) {
  const releases = new WeakMap<Socket, () => Promise<void> | undefined>();
  const closed = new WeakSet<Socket>();
  return {
    /** Rejects with LimitExceededError. */
    open: async (socket: Socket, owner: string): Promise<void> => {
      const slot = { name: "sockets", id: randomUUID() } as const;
      await limiter?.acquire(owner, slot, seconds);
      const release = () => limiter?.release(owner, slot);
      releases.set(socket, release);
      // It closed meanwhile.
      if (closed.has(socket)) await release();
    },
    close: async (socket: Socket): Promise<void> => {
      closed.add(socket);
      await releases.get(socket)?.();
    },
  };
}

export const tooManyOperations = (max: number) => `A socket may run at most ${max} operations at a time.`;

function headersOf({ extra, connectionParams }: Socket): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(extra.request.headers)) {
    if (value !== undefined && !name.startsWith(":")) headers.set(name, String(value));
  }
  const key = keyFromParams(connectionParams);
  if (key !== undefined) setIfValid(headers, "authorization", key);
  return headers;
}

/** The key in connection_init. It wins over the upgrade's header, which a web page cannot set. */
export function keyFromParams(params: Readonly<Record<string, unknown>> = {}): string | undefined {
  const { authorization = params.Authorization } = params;
  return typeof authorization === "string" ? authorization : undefined;
}

/** Ignore values that are not valid HTTP headers. */
function setIfValid(headers: Headers, name: string, value: string): void {
  try {
    headers.set(name, value);
  } catch {
    headers.delete(name);
  }
}
