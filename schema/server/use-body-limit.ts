import { GraphQLError } from "graphql";
import type { Plugin } from "graphql-yoga";

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
        return requestParser(new Request(url, { method, headers, body: bytes }));
      });
    },
  };
}

async function readAtMost(body: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    length += next.value.length;
    if (length > limit) {
      void drain(reader);
      throw tooLarge(limit);
    }
    chunks.push(next.value);
  }
  return Buffer.concat(chunks);
}

/** Canceling the body would cut the connection before the response is sent; not reading it would block the connection. */
async function drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  try {
    while (!(await reader.read()).done);
  } catch {
    // The sender has disconnected.
  }
}

function tooLarge(limit: number): GraphQLError {
  const extensions = { code: "REQUEST_ENTITY_TOO_LARGE", http: { status: 413 } };
  return new GraphQLError(`The body is larger than ${limit} bytes.`, { extensions });
}
