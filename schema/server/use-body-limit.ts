import { GraphQLError } from "graphql";
import type { Plugin } from "graphql-yoga";
import { readAtMost } from "../../infra/util/read-at-most.ts";

/**
 * Replaces Yoga's own limit, which pipes every body through one more stream. If a content-length is given, node:http (or
 * the gateway in front of a Lambda) enforces it; only a body without one has to be counted.
 */
export function useBodyLimit(limit: number): Plugin {
  return {
    onRequestParse({ request, requestParser, setRequestParser }) {
      const contentLength = request.headers.get("content-length");
      if (contentLength !== null && !(Number(contentLength) <= limit)) throw tooLarge(limit);
      if (contentLength !== null || requestParser === undefined || request.body === null) return;
      setRequestParser(async ({ url, method, headers, body }) => {
        const bytes = body ? await readAtMost(body, limit) : null;
        if (bytes === undefined) throw tooLarge(limit);
        return requestParser(new Request(url, { method, headers, body: bytes }));
      });
    },
  };
}

function tooLarge(limit: number): GraphQLError {
  const extensions = { code: "REQUEST_ENTITY_TOO_LARGE", http: { status: 413 } };
  return new GraphQLError(`The body is larger than ${limit} bytes.`, { extensions });
}
