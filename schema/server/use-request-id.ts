import { randomUUID } from "node:crypto";
import type { Plugin } from "graphql-yoga";

export type ServerContext = { requestId: string };

const HEADER = "x-request-id";
const VALID_ID = /^[\w.:=-]{1,128}$/;

/** The caller's own id if it sent a valid one, so that a request can be followed through a proxy; else a new one. */
export function requestIdOf(headers: Headers): string {
  const given = headers.get(HEADER);
  return given !== null && VALID_ID.test(given) ? given : randomUUID();
}

/** Puts the request's id into the server context and into the response's headers. Must come before other plugins that use it. */
export function useRequestId(): Plugin<object, ServerContext> {
  return {
    onRequest({ request, serverContext }) {
      serverContext.requestId = requestIdOf(request.headers);
    },
    onResponse({ response, serverContext }) {
      if (serverContext?.requestId) response.headers.set(HEADER, serverContext.requestId);
    },
  };
}
