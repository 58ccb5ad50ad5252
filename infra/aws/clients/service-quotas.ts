import { ServiceQuotasClient, type ServiceQuotasClientConfig } from "@aws-sdk/client-service-quotas";
import { retries, timeout } from "./timeouts.ts";

export function quotasClient(config: ServiceQuotasClientConfig = {}): ServiceQuotasClient {
  return new ServiceQuotasClient({ ...retries, requestHandler: timeout(10_000), ...config });
}
