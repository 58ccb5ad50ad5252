import http from "node:http";
import https from "node:https";
import { resolve, type WebhookNetworks } from "./address.ts";

/** Standard Webhooks recommends 15 to 30 s. */
const TIMEOUT_MS = 15_000;

type WebhookResponse = { readonly status: number; readonly retryAfter?: number | undefined };

export type PostOptions = {
  readonly signal?: AbortSignal | undefined;
  /** Where the URL may lead. Default: the public internet. */
  readonly networks?: WebhookNetworks | undefined;
};

/**
 * Sends a POST request to the address that was checked, under the URL's host name. Follows no redirects and does not read
 * the response body. Rejects with ForbiddenAddress, with a network error, or on timeout.
 */
export async function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  { signal, networks }: PostOptions = {},
): Promise<WebhookResponse> {
  const target = await resolve(url, networks);
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const { request } = target.url.protocol === "https:" ? https : http;
  return new Promise((done, reject) => {
    const call = request(
      target.url,
      {
        method: "POST",
        headers: { ...headers, "content-length": Buffer.byteLength(body) },
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        agent: false,
        lookup: (_host, options, found) => {
          if (options.all) found(null, [{ address: target.address, family: target.family }]);
          else found(null, target.address, target.family);
        },
      },
      (response) => {
        response.destroy();
        const after = Number(response.headers["retry-after"]);
        done({ status: response.statusCode ?? 0, ...(after > 0 && { retryAfter: after }) });
      },
    );
    call.on("error", reject);
    // Without this, Node closes the connection and reports neither a response nor an error.
    call.on("upgrade", ({ statusCode }, socket) => {
      socket.destroy();
      done({ status: statusCode! });
    });
    call.on("close", () => reject(new Error("The connection ended without a response")));
    call.end(body);
  });
}
