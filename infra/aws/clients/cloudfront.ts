// The one call of CloudFront that the doctor makes. CloudFront's API is XML, and its SDK client is 2 MB.
import { text } from "node:stream/consumers";
import aws4 from "aws4";
import type { Credentials } from "../../config/aws-environment.ts";
import { awsAccess } from "./access.ts";
import { type HttpHandler, httpHandler } from "./http.ts";

const TIMEOUT_MS = 10_000;
const PATH = "/2020-05-31/distribution?MaxItems=1";

type Config = {
  readonly region?: string;
  readonly endpoint?: string;
  readonly credentials?: Credentials;
  readonly requestHandler?: HttpHandler;
};

/** Number of the account's distributions, counted up to 1. Rejects if CloudFront refuses the call. */
export async function countDistributions({ requestHandler = httpHandler(TIMEOUT_MS), ...given }: Config = {}) {
  const endpoint = "https://cloudfront.amazonaws.com";
  const { url, credentials } = await awsAccess("cloudfront", { endpoint, ...given });
  const signed = aws4.sign(
    { service: "cloudfront", region: "us-east-1", method: "GET", path: PATH, headers: { host: url.host } },
    await credentials(),
  );
  const { response } = await requestHandler.handle({
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port !== "" && { port: Number(url.port) }),
    method: "GET",
    path: PATH,
    headers: signed.headers as Record<string, string>,
  });
  const answer = await text(response.body!);
  if (response.statusCode !== 200) {
    const message = /<Message>([^<]*)<\/Message>/.exec(answer)?.[1];
    throw new Error(message ?? `CloudFront answered with status ${response.statusCode}`);
  }
  return Number(/<Quantity>(\d+)<\/Quantity>/.exec(answer)?.[1] ?? 0);
}
