import { STSClient, type STSClientConfig } from "@aws-sdk/client-sts";
import { retries, timeout } from "./timeouts.ts";

export function stsClient(config: STSClientConfig = {}): STSClient {
  return new STSClient({ ...retries, requestHandler: timeout(5_000), ...config });
}
