// Lambda entry, each minute: deadlines, lost workers, messages that were never sent, webhooks that are due, WebSockets
// without a caller.
import { awsConnections } from "../../infra/aws/connections.ts";
import { awsSettings } from "../../infra/config/env.ts";
import { systemClock as clock } from "../../infra/ports.ts";
import { openPost, openQueue, openServices } from "./services.ts";
import { sweeperHandler } from "./sweeper-handler.ts";

const settings = awsSettings();
const services = openServices(settings);

export const handler = sweeperHandler({
  ...services,
  webhooks: openQueue(settings.webhookQueue),
  connections: awsConnections(services.dynamo, services.table, clock),
  post: openPost(settings),
});
