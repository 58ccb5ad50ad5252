// The queue of webhooks -> their receivers.
import { secretsClient } from "../../infra/aws/clients/secrets.ts";
import { awsQueue } from "../../infra/aws/queue.ts";
import { awsSecret } from "../../infra/aws/secret.ts";
import { awsSettings } from "../../infra/config/env.ts";
import { systemClock } from "../../infra/ports.ts";
import { openBlobs, openServices } from "./services.ts";
import { webhookHandler } from "./webhook-handler.ts";

const settings = awsSettings();
const world = openServices(settings);

export const handler = webhookHandler({
  ...world,
  blobs: openBlobs(settings),
  webhooks: awsQueue(world.sqs, settings.webhookQueue),
  secret: awsSecret(secretsClient(), settings.secret),
  now: systemClock.now,
  // On this machine listens the function's own runtime.
  loopback: false,
});
