// Lambda entry: the table's stream -> WebSocket subscriptions, and webhooks that are due.
import { awsSettings } from "../../infra/config/env.ts";
import { fanoutHandler } from "./fanout-handler.ts";
import { openQueue } from "./services.ts";
import { openSocketServices } from "./sockets/services.ts";

const settings = awsSettings();
const sockets = openSocketServices(settings);

export const handler = fanoutHandler({ ...sockets, webhooks: openQueue(settings.webhookQueue) });
