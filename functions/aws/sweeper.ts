// Lambda entry, each minute: deadlines, lost workers, messages that were never sent, webhooks that are due.
import { awsSettings } from "../../infra/config/env.ts";
import { openQueue, openServices } from "./services.ts";
import { sweeperHandler } from "./sweeper-handler.ts";

const settings = awsSettings();
const services = openServices(settings);

export const handler = sweeperHandler({ ...services, webhooks: openQueue(settings.webhookQueue) });
