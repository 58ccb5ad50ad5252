// GraphQL with streamed responses: subscriptions by server-sent events, and all other operations.
import { once } from "node:events";
import type { Writable } from "node:stream";
import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import type { Jobs } from "../../infra/jobs/jobs.ts";
import type { Api } from "../../schema/index.ts";
import { refuseDirect, toHead, toRequest } from "./http.ts";

export type StreamParts = {
  readonly api: Pick<Api, "yoga">;
  /** Answers paths that begin with "/v1/". */
  readonly openAi: (request: Request) => Promise<Response>;
  readonly jobs: Pick<Jobs, "settled">;
  readonly originSecret?: string | undefined;
  /** Passes status and headers to Lambda, and returns the stream for the body. */
  readonly begin: (out: Writable, head: ReturnType<typeof toHead>) => Writable;
};

/** A stream ends this long before the function's timeout. The client resumes with `after`. */
const RESERVE_MS = 5_000;

export function streamHandler({ api, openAi, jobs, originSecret, begin }: StreamParts) {
  return async (
    event: APIGatewayProxyEventV2,
    raw: Writable,
    { getRemainingTimeInMillis }: Pick<Context, "getRemainingTimeInMillis">,
  ): Promise<void> => {
    const end = new AbortController();
    const stop = () => end.abort();
    const timer = setTimeout(stop, Math.max(0, getRemainingTimeInMillis() - RESERVE_MS));
    // Lambda does not stop the function when the client disconnects, but closes the stream.
    raw.on("close", stop).on("error", stop);
    try {
      const request = toRequest(event);
      const answer = () => (event.rawPath.startsWith("/v1/") ? openAi(request) : api.yoga.fetch(request));
      const response = refuseDirect(event, originSecret) ?? (await answer());
      const out = begin(raw, toHead(response));
      // Lambda sends the headers with the first write, even an empty one.
      out.write("");
      if (response.body) await pipe(response.body, out, end.signal);
      await jobs.settled();
      // A client that has not read what was sent will not receive the end of the stream either.
      if (raw.destroyed || out.writableNeedDrain) raw.destroy();
      else await new Promise<void>((done) => void out.end(done));
    } finally {
      clearTimeout(timer);
    }
  };
}

/**
 * Copies until the body ends or `signal` aborts, which cancels the body and waits until it has ended. Waits for `out` to
 * drain.
 */
async function pipe(body: ReadableStream<Uint8Array>, out: Writable, signal: AbortSignal): Promise<void> {
  const reader = body.getReader();
  let canceled: Promise<void> | undefined;
  const cancel = () => {
    canceled ??= reader.cancel().catch(() => {});
  };
  signal.addEventListener("abort", cancel);
  if (signal.aborted) cancel();
  try {
    for (let part = await reader.read(); !part.done && !signal.aborted; part = await reader.read()) {
      if (!out.write(part.value)) await once(out, "drain", { signal }).catch(() => {});
    }
  } finally {
    signal.removeEventListener("abort", cancel);
    await canceled;
  }
}
