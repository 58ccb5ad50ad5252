// What the doctor asks of an account.
import { ServiceQuotasClient, type ServiceQuotasClientConfig } from "@aws-sdk/client-service-quotas";
import { STSClient, type STSClientConfig } from "@aws-sdk/client-sts";
import { longPoll, timeout } from "./timeouts.ts";

export function stsClient(config: STSClientConfig = {}): STSClient {
  return new STSClient({ ...longPoll, requestHandler: timeout(5_000), ...config });
}

export function quotasClient(config: ServiceQuotasClientConfig = {}): ServiceQuotasClient {
  return new ServiceQuotasClient({ ...longPoll, requestHandler: timeout(10_000), ...config });
}
