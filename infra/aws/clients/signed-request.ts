// One signed call of a service of AWS.
import { text } from "node:stream/consumers";
import aws4 from "aws4";
import type { AwsAccess, Given } from "./access.ts";
import type { HttpHandler } from "./http.ts";

export type ClientConfig = Given & { readonly requestHandler?: HttpHandler };

type Call = {
  /** As it stands in signatures. */
  readonly service: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

export async function sendSigned(
  { url, region, credentials }: AwsAccess,
  handler: HttpHandler,
  { service, method, path, headers = {}, ...body }: Call,
): Promise<{ readonly status: number; readonly answer: string }> {
  const signed = aws4.sign(
    { service, region, method, path, headers: { Host: url.host, ...headers }, ...body },
    await credentials(),
  );
  const { response } = await handler.handle({
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port !== "" && { port: Number(url.port) }),
    method,
    path,
    headers: lowerCased(signed.headers!),
    ...body,
  });
  return { status: response.statusCode, answer: await text(response.body!) };
}

function lowerCased(headers: object): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
}
