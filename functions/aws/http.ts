// HTTP as API Gateway (HTTP API, payload 2.0) and function URLs tell of it, to and from Request and Response.
import { gzipSync } from "node:zlib";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";

/** Characters from which on an answer is made smaller: Lambda sends 6 MB at most, and GraphiQL's page has 9. */
const LONG = 1_000_000;
const REQUEST_ID = "x-request-id";

/** Path of the function that streams; /graphql answers as a whole. */
export const STREAMS = "/graphql/stream";

/** The caller's request id, or else the one that AWS's own logs have. */
export function requestOf(event: APIGatewayProxyEventV2): Request {
  const { rawPath, rawQueryString, body, isBase64Encoded, requestContext } = event;
  const { method } = requestContext.http;
  const headers = headersOf(event.headers);
  if (!headers.has(REQUEST_ID)) headers.set(REQUEST_ID, requestContext.requestId);
  const url = new URL(`https://${requestContext.domainName}`);
  url.pathname = rawPath;
  url.search = rawQueryString;
  const bytes = body === undefined || method === "GET" || method === "HEAD" ? null : bytesOf(body, isBase64Encoded);
  return new Request(url, { method, headers, body: bytes });
}

/** What cannot be a header's value, such as a letter beyond Latin-1, says nothing. */
export function headersOf(sent: Readonly<Record<string, string | undefined>>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(sent)) {
    try {
      if (value !== undefined) headers.set(name, value);
    } catch {}
  }
  return headers;
}

function bytesOf(body: string, base64: boolean): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(body, base64 ? "base64" : "utf8"));
}

/** Of a response that ends by itself, for whoever sent `request`. */
export async function resultOf(response: Response, request: Request): Promise<APIGatewayProxyStructuredResultV2> {
  const body = await response.text();
  const { statusCode, headers } = headOf(response);
  const zips = /\bgzip\b/i.test(request.headers.get("accept-encoding") ?? "");
  if (body.length < LONG || !zips) return { statusCode, headers, body };
  const zipped = { ...headers, "content-encoding": "gzip", vary: "accept-encoding" };
  return { statusCode, headers: zipped, body: gzipSync(body).toString("base64"), isBase64Encoded: true };
}

/** All that goes before the body. */
export function headOf({ status, headers }: Response): { statusCode: number; headers: Record<string, string> } {
  // Yoga's own Headers give names as they were written.
  const named = Array.from(headers, ([name, value]) => [name.toLowerCase(), value]);
  return { statusCode: status, headers: Object.fromEntries(named) };
}
