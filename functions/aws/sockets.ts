// The WebSocket API's parts, joined.
import { socketsClient } from "../../infra/aws/clients/sockets.ts";
import { awsConnections } from "../../infra/aws/connections.ts";
import { awsPost } from "../../infra/aws/post.ts";
import type { AwsSettings } from "../../infra/env.ts";
import { systemClock as clock } from "../../infra/ports.ts";
import { DEFAULTS } from "../../schema/index.ts";
import { deliverer } from "./delivery.ts";
import { openGateway } from "./gateway.ts";

/** Throws BadSetting. */
export function openSockets(settings: AwsSettings) {
  const gateway = openGateway(settings);
  const { detached } = gateway.api;
  const connections = awsConnections(gateway.dynamo, gateway.table, clock);
  const post = awsPost(socketsClient(settings.sockets));
  const deliver = deliverer({ connections, post, detached, clock, log: gateway.log });
  const { operationsPerSocket } = DEFAULTS;
  return { ...gateway, clock, connections, post, detached, deliver, operationsPerSocket };
}
