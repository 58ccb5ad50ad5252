// Each minute: deadlines, lost workers, messages that were never sent, webhooks to be tried (again).
import { awsQueue } from "../../infra/aws/queue.ts";
import { awsSettings } from "../../infra/config/env.ts";
import { openServices } from "./services.ts";
import { sweeperHandler } from "./sweeper-handler.ts";

const settings = awsSettings();
const world = openServices(settings);

export const handler = sweeperHandler({ ...world, webhooks: awsQueue(world.sqs, settings.webhookQueue) });
