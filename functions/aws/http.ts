// Converts HTTP events of API Gateway (HTTP API, payload 2.0) and function URLs to Request, and Response to results.
import { gzipSync } from "node:zlib";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { isEqualConstantTime } from "../../infra/util/is-equal-constant-time.ts";

/** Responses of at least this length are compressed: Lambda's limit is 6 MB. */
const GZIP_CHARACTERS = 1_000_000;
const REQUEST_ID = "x-request-id";

export const GRAPHQL = "/graphql";
/** Path of the function that streams responses; /graphql sends each response as a whole. */
export const STREAM_PATH = `${GRAPHQL}/stream`;

/** CloudFront adds it to its requests, so that its firewall cannot be avoided by calling the origin itself. */
export const ORIGIN_HEADER = "x-unclip-origin";

/** The response to a request that did not come through CloudFront; undefined if it did, or if no secret is set. */
export function refuseDirect(
  { headers }: Pick<APIGatewayProxyEventV2, "headers">,
  secret: string | undefined,
): Response | undefined {
  if (secret === undefined || isEqualConstantTime(headers[ORIGIN_HEADER] ?? "", secret)) return undefined;
  const errors = [
    { message: "Call the service at its own URL, not at its origin.", extensions: { code: "FORBIDDEN" } },
  ];
  return Response.json({ errors }, { status: 403 });
}

/** Uses the client's request id, or else the id in AWS's own logs. */
export function toRequest(event: APIGatewayProxyEventV2): Request {
  const { rawPath, rawQueryString, body, isBase64Encoded, requestContext } = event;
  const { method } = requestContext.http;
  const headers = toHeaders(event.headers);
  if (!headers.has(REQUEST_ID)) headers.set(REQUEST_ID, requestContext.requestId);
  const url = new URL(`https://${requestContext.domainName}`);
  url.pathname = rawPath;
  url.search = rawQueryString;
  const bytes = body === undefined || method === "GET" || method === "HEAD" ? null : decodeBody(body, isBase64Encoded);
  return new Request(url, { method, headers, body: bytes });
}

/** Ignores values that are not valid in HTTP headers, such as characters beyond Latin-1. */
export function toHeaders(sent: Readonly<Record<string, string | undefined>>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(sent)) {
    try {
      if (value !== undefined) headers.set(name, value);
    } catch {}
  }
  return headers;
}

function decodeBody(body: string, base64: boolean): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(body, base64 ? "base64" : "utf8"));
}

/** For a response whose body ends by itself. */
export async function toResult(response: Response, request: Request): Promise<APIGatewayProxyStructuredResultV2> {
  const { statusCode, headers } = toHead(response);
  if (headers["content-encoding"]) {
    const bytes = Buffer.from(await response.arrayBuffer());
    return { statusCode, headers, body: bytes.toString("base64"), isBase64Encoded: true };
  }
  const body = await response.text();
  const zips = /\bgzip\b/i.test(request.headers.get("accept-encoding") ?? "");
  if (body.length < GZIP_CHARACTERS || !zips) return { statusCode, headers, body };
  const zipped = { ...headers, "content-encoding": "gzip", vary: "accept-encoding" };
  return { statusCode, headers: zipped, body: gzipSync(body).toString("base64"), isBase64Encoded: true };
}

/** Status and headers. */
export function toHead({ status, headers }: Response): { statusCode: number; headers: Record<string, string> } {
  // Yoga's Headers keep the case in which names were set.
  const named = Array.from(headers, ([name, value]) => [name.toLowerCase(), value]);
  return { statusCode: status, headers: Object.fromEntries(named) };
}
