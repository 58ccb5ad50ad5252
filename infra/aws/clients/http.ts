// HTTP requests with a timeout, in the form of the SDK's handlers, over connections that stay open between them.
import * as http from "node:http";
import * as https from "node:https";
import type { Readable } from "node:stream";

export type HttpRequest = {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

export type HttpHandler = {
  handle(
    request: HttpRequest,
  ): Promise<{ readonly response: { readonly statusCode: number; readonly body?: Readable } }>;
};

/** Rejects with a TimeoutError if the response does not begin within the time. */
export function httpHandler(milliseconds: number): HttpHandler {
  const agents = { "http:": new http.Agent({ keepAlive: true }), "https:": new https.Agent({ keepAlive: true }) };
  return {
    handle: ({ protocol, body, ...options }) =>
      new Promise((resolve, reject) => {
        const { request } = protocol === "http:" ? http : https;
        const agent = agents[protocol as keyof typeof agents];
        const signal = AbortSignal.timeout(milliseconds);
        const sent = request({ ...options, protocol, agent, signal }, (response) => {
          resolve({ response: { statusCode: response.statusCode!, body: response } });
        });
        sent.once("error", (error) => reject(signal.aborted ? signal.reason : error));
        sent.end(body);
      }),
  };
}
