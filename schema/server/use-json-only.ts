import { GraphQLError } from "graphql";
import type { Plugin } from "graphql-yoga";

/** Refuses a POST that is not JSON with 415, and a request that cannot be parsed with 400. */
export function useJsonOnly(): Plugin {
  return {
    onRequestParse({ request, requestParser, setRequestParser }) {
      // A page of any origin can send a form without a CORS preflight, and a form can hold a mutation.
      if (request.method === "POST" && !/^application\/json\b/i.test(request.headers.get("content-type") ?? "")) {
        const extensions = { code: "UNSUPPORTED_MEDIA_TYPE", http: { status: 415 } };
        throw new GraphQLError("The body must be application/json.", { extensions });
      }
      if (requestParser) setRequestParser(async (sent) => parseRequest(requestParser, sent));
    },
  };
}

type RequestParser = NonNullable<Parameters<NonNullable<Plugin["onRequestParse"]>>[0]["requestParser"]>;

/** Any failure is the sender's: variables in a URL that are not JSON, or a body that was cut off. */
async function parseRequest(parser: RequestParser, request: Request): Promise<Awaited<ReturnType<RequestParser>>> {
  try {
    return await parser(request);
  } catch (error) {
    if (error instanceof GraphQLError) throw error;
    const extensions = { code: "BAD_REQUEST", http: { status: 400 } };
    throw new GraphQLError("The request is incomplete or malformed.", { extensions });
  }
}
