// What happens to an HTTP request before and after GraphQL: its id, its media type, and what its errors say.
import { randomUUID } from "node:crypto";
import { type ExecutionResult, GraphQLError } from "graphql";
import type { Plugin } from "graphql-yoga";
import { type Log, presentedResult, presentedResults } from "./masking.ts";

export type ServerContext = { requestId: string };

const HEADER = "x-request-id";
const FORM = /^[\w.:=-]{1,128}$/;

/** The caller's own id where it has one, so that a request can be followed through a proxy. */
export function requestIdOf(headers: Headers): string {
  const given = headers.get(HEADER);
  return given !== null && FORM.test(given) ? given : randomUUID();
}

export function useDoor(log: Log): Plugin<object, ServerContext> {
  return {
    onRequest({ request, serverContext }) {
      serverContext.requestId = requestIdOf(request.headers);
    },
    onRequestParse({ request }) {
      // A page of any origin may send a form without asking first, and a form can hold a mutation.
      if (request.method !== "POST" || /^application\/json\b/i.test(request.headers.get("content-type") ?? "")) return;
      const extensions = { code: "UNSUPPORTED_MEDIA_TYPE", http: { status: 415 } };
      throw new GraphQLError("The body must be application/json.", { extensions });
    },
    // Yoga gives this code over HTTP only.
    onParse: () => parsed,
    onResultProcess({ result, setResult, serverContext: { requestId } }) {
      const errors = { requestId, log };
      if (Array.isArray(result)) return;
      if (Symbol.asyncIterator in result) setResult(presentedResults(result as AsyncIterable<ExecutionResult>, errors));
      else setResult(presentedResult(result as ExecutionResult, errors));
    },
    onResponse({ response, serverContext }) {
      if (serverContext?.requestId) response.headers.set(HEADER, serverContext.requestId);
    },
  };
}

function parsed({ result }: { readonly result: unknown }): void {
  if (result instanceof GraphQLError) result.extensions.code ??= "GRAPHQL_PARSE_FAILED";
}
