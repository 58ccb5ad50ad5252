// The WebSocket API's parts, joined.
import { socketsClient } from "../../../infra/aws/clients/sockets.ts";
import { awsConnections } from "../../../infra/aws/connections.ts";
import { postToConnection } from "../../../infra/aws/post-to-connection.ts";
import type { AwsSettings } from "../../../infra/config/env.ts";
import { systemClock as clock } from "../../../infra/ports.ts";
import { DEFAULT_POLICY } from "../../../schema/index.ts";
import { openApiServices } from "../api-services.ts";
import { deliverer } from "./deliver-events.ts";

/** Throws BadSetting. */
export function openSocketServices(settings: AwsSettings) {
  const gateway = openApiServices(settings);
  const { stateless } = gateway.api;
  const connections = awsConnections(gateway.dynamo, gateway.table, clock);
  const post = postToConnection(socketsClient(settings.sockets));
  const deliver = deliverer({ connections, post, stateless, clock, log: gateway.log });
  const { operationsPerSocket } = DEFAULT_POLICY;
  return { ...gateway, clock, connections, post, stateless, deliver, operationsPerSocket };
}
