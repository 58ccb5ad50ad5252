// The table's stream -> whoever follows a job over a WebSocket; webhooks that are due.
import { awsQueue } from "../../infra/aws/queue.ts";
import { awsSettings } from "../../infra/config/env.ts";
import { fanoutHandler } from "./fanout-handler.ts";
import { openSockets } from "./sockets/services.ts";

const settings = awsSettings();
const sockets = openSockets(settings);

export const handler = fanoutHandler({ ...sockets, webhooks: awsQueue(sockets.sqs, settings.webhookQueue) });
