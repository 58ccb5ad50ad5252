import {
  ApiGatewayManagementApiClient,
  type ApiGatewayManagementApiClientConfig,
} from "@aws-sdk/client-apigatewaymanagementapi";
import { longPoll, timeout } from "./timeouts.ts";

/** Of the WebSocket API whose management endpoint is `endpoint`. Who posts holds a subscription, so it is soon given up. */
export function socketsClient(endpoint: string, config: ApiGatewayManagementApiClientConfig = {}) {
  return new ApiGatewayManagementApiClient({
    ...longPoll,
    maxAttempts: 3,
    requestHandler: timeout(2_000),
    endpoint,
    ...config,
  });
}
