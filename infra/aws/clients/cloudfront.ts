// The one call of CloudFront that the doctor makes. CloudFront's API is XML, and its SDK client is 2 MB.
import { awsAccess } from "./access.ts";
import { httpHandler } from "./http.ts";
import { type ClientConfig, sendSigned } from "./signed-request.ts";

const TIMEOUT_MS = 10_000;
const PATH = "/2020-05-31/distribution?MaxItems=1";

/** Number of the account's distributions, counted up to 1. Rejects if CloudFront refuses the call. */
export async function countDistributions({ requestHandler = httpHandler(TIMEOUT_MS), ...given }: ClientConfig = {}) {
  const endpoint = "https://cloudfront.amazonaws.com";
  const access = await awsAccess("cloudfront", { endpoint, ...given });
  const { status, answer } = await sendSigned({ ...access, region: "us-east-1" }, requestHandler, {
    service: "cloudfront",
    method: "GET",
    path: PATH,
  });
  if (status !== 200) {
    const message = /<Message>([^<]*)<\/Message>/.exec(answer)?.[1];
    throw new Error(message ?? `CloudFront answered with status ${status}`);
  }
  return Number(/<Quantity>(\d+)<\/Quantity>/.exec(answer)?.[1] ?? 0);
}
