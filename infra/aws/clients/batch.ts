import { BatchClient, type BatchClientConfig } from "@aws-sdk/client-batch";
import { longPoll, timeout } from "./timeouts.ts";

export function batchClient(config: BatchClientConfig = {}): BatchClient {
  return new BatchClient({ ...longPoll, requestHandler: timeout(10_000), ...config });
}
