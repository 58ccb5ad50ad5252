// GraphQL whose answers are streamed as they come: subscriptions by server-sent events, and all the rest.
import { once } from "node:events";
import type { Writable } from "node:stream";
import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import type { Jobs } from "../../infra/jobs/jobs.ts";
import type { Api } from "../../schema/index.ts";
import { headOf, requestOf } from "./http.ts";

export type StreamParts = {
  readonly api: Pick<Api, "yoga">;
  readonly jobs: Pick<Jobs, "settled">;
  /** Tells Lambda what goes before the body; the body is written to what it returns. */
  readonly begin: (out: Writable, head: ReturnType<typeof headOf>) => Writable;
};

/** So long before the function would be cut off, a stream ends in order; its reader comes again with `after`. */
const RESERVE_MS = 5_000;

export function streamHandler({ api, jobs, begin }: StreamParts) {
  return async (
    event: APIGatewayProxyEventV2,
    raw: Writable,
    { getRemainingTimeInMillis }: Pick<Context, "getRemainingTimeInMillis">,
  ): Promise<void> => {
    const end = new AbortController();
    const stop = () => end.abort();
    const timer = setTimeout(stop, Math.max(0, getRemainingTimeInMillis() - RESERVE_MS));
    // Lambda goes on when the client has left; only the stream says so.
    raw.on("close", stop).on("error", stop);
    try {
      const response = await api.yoga.fetch(requestOf(event));
      const out = begin(raw, headOf(response));
      // Lambda sends what goes before the body with its first part, be it empty.
      out.write("");
      if (response.body) await pump(response.body, out, end.signal);
      await jobs.settled();
      // Whoever has not read what was sent so far will not hear of its end either.
      if (raw.destroyed || out.writableNeedDrain) raw.destroy();
      else await new Promise<void>((done) => void out.end(done));
    } finally {
      clearTimeout(timer);
    }
  };
}

/** Until the body ends, or `signal`: then what makes the body is told to stop. Waits where the reader is slow. */
async function pump(body: ReadableStream<Uint8Array>, out: Writable, signal: AbortSignal): Promise<void> {
  const reader = body.getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", cancel);
  if (signal.aborted) cancel();
  try {
    for (let part = await reader.read(); !part.done && !signal.aborted; part = await reader.read()) {
      if (!out.write(part.value)) await once(out, "drain", { signal }).catch(() => {});
    }
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}
