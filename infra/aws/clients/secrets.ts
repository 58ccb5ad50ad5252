import { SecretsManagerClient, type SecretsManagerClientConfig } from "@aws-sdk/client-secrets-manager";
import { longPoll, timeout } from "./timeouts.ts";

export function secretsClient(config: SecretsManagerClientConfig = {}): SecretsManagerClient {
  return new SecretsManagerClient({ ...longPoll, requestHandler: timeout(3_000), ...config });
}
