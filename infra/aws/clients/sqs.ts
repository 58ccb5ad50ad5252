import { SQSClient, type SQSClientConfig } from "@aws-sdk/client-sqs";
import { LONGEST_POLL_SECONDS } from "../../limits.ts";
import { retries, timeout } from "./timeouts.ts";

/** The timeout exceeds the longest poll. */
export function sqsClient(config: SQSClientConfig = {}): SQSClient {
  return new SQSClient({ ...retries, requestHandler: timeout(LONGEST_POLL_SECONDS * 1_000 + 10_000), ...config });
}
