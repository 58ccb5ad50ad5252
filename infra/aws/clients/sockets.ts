import {
  ApiGatewayManagementApiClient,
  type ApiGatewayManagementApiClientConfig,
} from "@aws-sdk/client-apigatewaymanagementapi";
import { retries, timeout } from "./timeouts.ts";

/** `endpoint` is the WebSocket API's management endpoint. Short timeouts, because a subscription is locked while posting. */
export function socketsClient(endpoint: string, config: ApiGatewayManagementApiClientConfig = {}) {
  return new ApiGatewayManagementApiClient({
    ...retries,
    maxAttempts: 3,
    requestHandler: timeout(2_000),
    endpoint,
    ...config,
  });
}
