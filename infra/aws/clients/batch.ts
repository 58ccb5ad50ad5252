import { BatchClient, type BatchClientConfig } from "@aws-sdk/client-batch";
import { patient, within } from "./timeouts.ts";

export function batchClient(config: BatchClientConfig = {}): BatchClient {
  return new BatchClient({ ...patient, requestHandler: within(10_000), ...config });
}
