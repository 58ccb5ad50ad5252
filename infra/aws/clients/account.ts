// The clients that the doctor uses.
import { ServiceQuotasClient, type ServiceQuotasClientConfig } from "@aws-sdk/client-service-quotas";
import { STSClient, type STSClientConfig } from "@aws-sdk/client-sts";
import { retries, timeout } from "./timeouts.ts";

export function stsClient(config: STSClientConfig = {}): STSClient {
  return new STSClient({ ...retries, requestHandler: timeout(5_000), ...config });
}

export function quotasClient(config: ServiceQuotasClientConfig = {}): ServiceQuotasClient {
  return new ServiceQuotasClient({ ...retries, requestHandler: timeout(10_000), ...config });
}
