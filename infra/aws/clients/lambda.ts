import { LambdaClient, type LambdaClientConfig } from "@aws-sdk/client-lambda";
import { retries, timeout } from "./timeouts.ts";

/** API Gateway allows 30 s for a whole response. */
export const EMBED_MS = 25_000;

/** The timeout covers a cold start of the function that embeds. */
export function lambdaClient(config: LambdaClientConfig = {}): LambdaClient {
  return new LambdaClient({ ...retries, requestHandler: timeout(EMBED_MS), ...config });
}
