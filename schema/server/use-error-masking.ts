import { type ExecutionResult, GraphQLError } from "graphql";
import type { Plugin } from "graphql-yoga";
import { type Log, maskResult, maskResultStream } from "./mask-errors.ts";
import type { ServerContext } from "./use-request-id.ts";

/** Replaces Yoga's own masking, which does not know the request's id and does not log. Needs `useRequestId` before it. */
export function useErrorMasking(log: Log): Plugin<object, ServerContext> {
  return {
    onRequest({ request, serverContext: { requestId }, requestHandler, setRequestHandler }) {
      setRequestHandler(async (...args) => {
        try {
          return await requestHandler(...args);
        } catch (error) {
          // The client has disconnected, so it never sees this response.
          if (request.signal.aborted) return new Response(null, { status: 400 });
          // Yoga would send the error to the client with its stack, and would not log it.
          const errors = [new GraphQLError("", { originalError: error as Error })];
          return Response.json(maskResult({ errors }, { requestId, log }), { status: 500 });
        }
      });
    },
    // Yoga adds this code only over HTTP.
    onParse: () => addParseCode,
    onResultProcess({ result, setResult, serverContext: { requestId } }) {
      const context = { requestId, log };
      if (Array.isArray(result)) return;
      if (Symbol.asyncIterator in result)
        setResult(maskResultStream(result as AsyncIterable<ExecutionResult>, context));
      else setResult(maskResult(result as ExecutionResult, context));
    },
  };
}

function addParseCode({ result }: { readonly result: unknown }): void {
  if (result instanceof GraphQLError) result.extensions.code ??= "GRAPHQL_PARSE_FAILED";
}
