// Lambda entry: the table's stream -> WebSocket subscriptions, and webhooks that are due.
import { awsQueue } from "../../infra/aws/queue.ts";
import { awsSettings } from "../../infra/config/env.ts";
import { fanoutHandler } from "./fanout-handler.ts";
import { openSocketServices } from "./sockets/services.ts";

const settings = awsSettings();
const sockets = openSocketServices(settings);

export const handler = fanoutHandler({ ...sockets, webhooks: awsQueue(sockets.sqs, settings.webhookQueue) });
