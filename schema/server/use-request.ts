// What happens to an HTTP request before and after GraphQL: its id, its media type, and what its errors say.
import { randomUUID } from "node:crypto";
import { type ExecutionResult, GraphQLError } from "graphql";
import type { Plugin } from "graphql-yoga";
import { type Log, maskResult, maskResults } from "./mask-errors.ts";

export type ServerContext = { requestId: string };

const HEADER = "x-request-id";
const FORM = /^[\w.:=-]{1,128}$/;

/** The caller's own id where it has one, so that a request can be followed through a proxy. */
export function requestIdOf(headers: Headers): string {
  const given = headers.get(HEADER);
  return given !== null && FORM.test(given) ? given : randomUUID();
}

export function useRequest(log: Log): Plugin<object, ServerContext> {
  return {
    onRequest({ request, serverContext, requestHandler, setRequestHandler }) {
      const requestId = requestIdOf(request.headers);
      serverContext.requestId = requestId;
      setRequestHandler(async (...asked) => {
        try {
          return await requestHandler(...asked);
        } catch (error) {
          // Who asked has hung up; this is heard by nobody.
          if (request.signal.aborted) return new Response(null, { status: 400 });
          // Left to Yoga, it would go to the client with its stack, and to no log.
          const errors = [new GraphQLError("", { originalError: error as Error })];
          return Response.json(maskResult({ errors }, { requestId, log }), { status: 500 });
        }
      });
    },
    onRequestParse({ request, requestParser, setRequestParser }) {
      // A page of any origin may send a form without asking first, and a form can hold a mutation.
      if (request.method === "POST" && !/^application\/json\b/i.test(request.headers.get("content-type") ?? "")) {
        const extensions = { code: "UNSUPPORTED_MEDIA_TYPE", http: { status: 415 } };
        throw new GraphQLError("The body must be application/json.", { extensions });
      }
      if (requestParser) setRequestParser(async (sent) => readBy(requestParser, sent));
    },
    // Yoga gives this code over HTTP only.
    onParse: () => parsed,
    onResultProcess({ result, setResult, serverContext: { requestId } }) {
      const errors = { requestId, log };
      if (Array.isArray(result)) return;
      if (Symbol.asyncIterator in result) setResult(maskResults(result as AsyncIterable<ExecutionResult>, errors));
      else setResult(maskResult(result as ExecutionResult, errors));
    },
    onResponse({ response, serverContext }) {
      if (serverContext?.requestId) response.headers.set(HEADER, serverContext.requestId);
    },
  };
}

type Parser = NonNullable<Parameters<NonNullable<Plugin["onRequestParse"]>>[0]["requestParser"]>;

/** What cannot be read was not sent as it should be: variables in a URL that are no JSON, a body that was cut off. */
async function readBy(parser: Parser, request: Request): Promise<Awaited<ReturnType<Parser>>> {
  try {
    return await parser(request);
  } catch (error) {
    if (error instanceof GraphQLError) throw error;
    const extensions = { code: "BAD_REQUEST", http: { status: 400 } };
    throw new GraphQLError("The request could not be read to its end.", { extensions });
  }
}

function parsed({ result }: { readonly result: unknown }): void {
  if (result instanceof GraphQLError) result.extensions.code ??= "GRAPHQL_PARSE_FAILED";
}
