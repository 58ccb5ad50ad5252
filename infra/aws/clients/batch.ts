import { BatchClient, type BatchClientConfig } from "@aws-sdk/client-batch";
import { patient, within } from "./patience.ts";

export function batchClient(config: BatchClientConfig = {}): BatchClient {
  return new BatchClient({ ...patient, requestHandler: within(10_000), ...config });
}
