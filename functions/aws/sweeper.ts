// Each minute: deadlines, lost workers, messages that were never sent, webhooks to be tried (again).
import { awsQueue } from "../../infra/aws/queue.ts";
import { awsSettings } from "../../infra/config/env.ts";
import { openWorld } from "./services.ts";
import { sweeperHandler } from "./sweeper-handler.ts";

const settings = awsSettings();
const world = openWorld(settings);

export const handler = sweeperHandler({ ...world, webhooks: awsQueue(world.sqs, settings.webhookQueue) });
