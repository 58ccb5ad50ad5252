// What the doctor asks of an account.
import { ServiceQuotasClient, type ServiceQuotasClientConfig } from "@aws-sdk/client-service-quotas";
import { STSClient, type STSClientConfig } from "@aws-sdk/client-sts";
import { patient, within } from "./timeouts.ts";

export function stsClient(config: STSClientConfig = {}): STSClient {
  return new STSClient({ ...patient, requestHandler: within(5_000), ...config });
}

export function quotasClient(config: ServiceQuotasClientConfig = {}): ServiceQuotasClient {
  return new ServiceQuotasClient({ ...patient, requestHandler: within(10_000), ...config });
}
