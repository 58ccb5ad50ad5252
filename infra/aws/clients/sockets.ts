import {
  ApiGatewayManagementApiClient,
  type ApiGatewayManagementApiClientConfig,
} from "@aws-sdk/client-apigatewaymanagementapi";
import { patient, within } from "./timeouts.ts";

/** Of the WebSocket API whose management endpoint is `endpoint`. Who posts holds a subscription, so it is soon given up. */
export function socketsClient(endpoint: string, config: ApiGatewayManagementApiClientConfig = {}) {
  return new ApiGatewayManagementApiClient({
    ...patient,
    maxAttempts: 3,
    requestHandler: within(2_000),
    endpoint,
    ...config,
  });
}
