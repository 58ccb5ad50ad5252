// A faulty proxy for a server.
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { serve } from "../serve.ts";

export type ReceivedRequest = { readonly query: string; readonly variables: Readonly<Record<string, unknown>> };

/** What happens to a chunk of a response: "cut" passes one event and disconnects, "ended" passes only the end. */
type ProxyDecision = "passed" | "cut" | "lost" | "ended";

/**
 * Forwards requests to `url`, and the chunks of responses as `decide` says. Closed at the end of the test. With
 * `separateStreams`, subscriptions have a URL of their own, as on AWS, and each URL refuses the other kind with 406.
 */
export async function startProxy(
  url: string,
  decide: (request: ReceivedRequest) => ProxyDecision,
  { separateStreams = false } = {},
): Promise<string> {
  return serve(async (incoming, response) => {
    const body = await text(incoming);
    const { method = "POST", headers } = incoming;
    const notStream = !incoming.url!.endsWith("/stream");
    if (separateStreams && notStream === (headers.accept === "text/event-stream"))
      return void response.writeHead(406).end("{}");
    const path = separateStreams ? incoming.url!.replace(/\/stream$/, "") : incoming.url!;
    const outgoing = request(new URL(path, url), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      const cut = () => {
        answer.destroy();
        response.destroy();
      };
      answer.on("data", (chunk: Buffer) => {
        const decision = decide(JSON.parse(body));
        if (decision === "lost") return cut();
        const event = decision === "cut" && /^[\s\S]*?\ndata: .*\n\n/.exec(chunk.toString())?.[0];
        if (!event && decision !== "ended") return void response.write(chunk);
        answer.pause();
        if (!event) return void response.end();
        response.write(event, cut);
      });
      answer.on("end", () => response.end());
      answer.on("error", () => response.destroy());
      response.on("close", () => answer.destroy());
    });
    outgoing.on("error", () => response.destroy());
    outgoing.end(body);
  });
}
