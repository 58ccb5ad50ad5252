import { LambdaClient, type LambdaClientConfig } from "@aws-sdk/client-lambda";
import { longPoll, timeout } from "./timeouts.ts";

/** A gateway has 30 s for its own answer. */
export const EMBED_MS = 25_000;

/** As long as a function may take that embeds a caption and has to be started first. */
export function lambdaClient(config: LambdaClientConfig = {}): LambdaClient {
  return new LambdaClient({ ...longPoll, requestHandler: timeout(EMBED_MS), ...config });
}
