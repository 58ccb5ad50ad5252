// Subscriptions as Apollo Client's HttpLink asks for them without another link: the multipart subscription protocol, version
// 1.0 (Apollo's documentation, "Multipart protocol for GraphQL subscriptions"). A part has a result in `payload`; an empty
// object is a heartbeat.
import type { ExecutionResult } from "graphql";
import type { Plugin } from "graphql-yoga";

const ACCEPTED = /multipart\/mixed[^,]*\bsubscriptionspec="?1\.0"?/i;
const BOUNDARY = "graphql";
const HEARTBEAT_MS = 5_000;

export function useMultipartSubscriptions(): Plugin {
  return {
    onResultProcess({ request, result, setResultProcessor }) {
      if (!(Symbol.asyncIterator in result) || !ACCEPTED.test(request.headers.get("accept") ?? "")) return;
      setResultProcessor(() => respond(result as AsyncIterable<ExecutionResult>), "multipart/mixed");
    },
  };
}

function respond(results: AsyncIterable<ExecutionResult>): Response {
  const headers = {
    "content-type": `multipart/mixed;boundary="${BOUNDARY}";subscriptionSpec=1.0`,
    "cache-control": "no-cache",
  };
  return new Response(encode(results[Symbol.asyncIterator]()), { headers });
}

/**
 * A client takes a part for complete when the boundary after it arrives, so each part is sent with that boundary. Sends a
 * heartbeat while there is no result, so that proxies keep the connection open.
 */
function encode(results: AsyncIterator<ExecutionResult>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const boundary = `\r\n--${BOUNDARY}`;
  const part = (value: object) => `\r\ncontent-type: application/json\r\n\r\n${JSON.stringify(value)}${boundary}`;
  const send = (controller: ReadableStreamDefaultController<Uint8Array>, text: string) =>
    controller.enqueue(encoder.encode(text));
  let heartbeat: NodeJS.Timeout;
  return new ReadableStream({
    start(controller) {
      send(controller, boundary + part({}));
      heartbeat = setInterval(() => send(controller, part({})), HEARTBEAT_MS);
    },
    async pull(controller) {
      const { done, value } = await results.next();
      if (!done) return send(controller, part({ payload: value }));
      clearInterval(heartbeat);
      send(controller, "--\r\n");
      controller.close();
    },
    async cancel() {
      clearInterval(heartbeat);
      await results.return?.();
    },
  });
}
