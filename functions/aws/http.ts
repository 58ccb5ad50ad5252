// HTTP as API Gateway (HTTP API, payload 2.0) and function URLs tell of it, to and from Request and Response.
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";

const REQUEST_ID = "x-request-id";

/** The caller's request id, or else the one that AWS's own logs have. */
export function requestOf(event: APIGatewayProxyEventV2): Request {
  const { rawPath, rawQueryString, body, isBase64Encoded, requestContext } = event;
  const { method } = requestContext.http;
  const headers = new Headers();
  for (const [name, value] of Object.entries(event.headers)) if (value !== undefined) headers.set(name, value);
  if (!headers.has(REQUEST_ID)) headers.set(REQUEST_ID, requestContext.requestId);
  const url = new URL(`https://${requestContext.domainName}`);
  url.pathname = rawPath;
  url.search = rawQueryString;
  const bytes = body === undefined || method === "GET" || method === "HEAD" ? null : bytesOf(body, isBase64Encoded);
  return new Request(url, { method, headers, body: bytes });
}

function bytesOf(body: string, base64: boolean): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(body, base64 ? "base64" : "utf8"));
}

/** Of a response that ends by itself. */
export async function resultOf(response: Response): Promise<APIGatewayProxyStructuredResultV2> {
  return { ...headOf(response), body: await response.text() };
}

/** All that goes before the body. */
export function headOf({ status, headers }: Response): { statusCode: number; headers: Record<string, string> } {
  // Yoga's own Headers give names as they were written.
  const named = Array.from(headers, ([name, value]) => [name.toLowerCase(), value]);
  return { statusCode: status, headers: Object.fromEntries(named) };
}
