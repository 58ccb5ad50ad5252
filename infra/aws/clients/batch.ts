import { BatchClient, type BatchClientConfig } from "@aws-sdk/client-batch";
import { retries, timeout } from "./timeouts.ts";

export function batchClient(config: BatchClientConfig = {}): BatchClient {
  return new BatchClient({ ...retries, requestHandler: timeout(10_000), ...config });
}
