// graphql-transport-ws over API Gateway, one event per message. API Gateway closes connections without a close code, so the
// reason is given by the HTTP status of the upgrade, or by an `error` message before the connection is closed.
import { LimitExceededError } from "../../infra/auth/caller-limits.ts";
import { SUBPROTOCOL } from "../../schema/index.ts";
import { toHeaders } from "./http.ts";
import type { SocketParts } from "./sockets/message-context.ts";
import { createMessageHandler } from "./sockets/message-handler.ts";

/** The part of API Gateway's event that is used here. */
type SocketEvent = {
  readonly requestContext: {
    readonly eventType: "CONNECT" | "MESSAGE" | "DISCONNECT";
    readonly connectionId: string;
  };
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
  readonly body?: string | null | undefined;
};
type SocketResponse = { readonly statusCode: number; readonly headers?: Readonly<Record<string, string>> };

const OK: SocketResponse = { statusCode: 200 };

export function socketHandler(parts: SocketParts): (event: SocketEvent) => Promise<SocketResponse> {
  const { connections, jobs } = parts;
  const handleMessage = createMessageHandler(parts);
  return async ({ requestContext: { eventType, connectionId }, headers, body }) => {
    if (eventType === "DISCONNECT") {
      await connections.close(connectionId);
      return OK;
    }
    if (eventType === "MESSAGE") {
      // The process freezes between two events, so background work must end before this one does.
      await handleMessage(connectionId, body ?? "").finally(() => jobs.settled());
      return OK;
    }
    return connect(parts, connectionId, toHeaders(headers ?? {}));
  };
}

async function connect(
  { connections, authenticator, operations }: SocketParts,
  connection: string,
  headers: Headers,
): Promise<SocketResponse> {
  const offered = headers.get("sec-websocket-protocol")?.split(/\s*,\s*/) ?? [];
  if (!offered.includes(SUBPROTOCOL)) return { statusCode: 400 };
  if (!operations.mayConnect(headers)) return { statusCode: 403 };
  const caller = await authenticator.identify(headers);
  if (caller === undefined && headers.has("authorization")) return { statusCode: 401 };
  try {
    await connections.open(connection, caller && { owner: caller.owner, caller: JSON.stringify(caller) });
  } catch (error) {
    if (!(error instanceof LimitExceededError)) throw error;
    return { statusCode: 429, headers: { "Retry-After": String(error.retryAfterSeconds) } };
  }
  return { statusCode: 200, headers: { "Sec-WebSocket-Protocol": SUBPROTOCOL } };
}
