// Lambda entry: the queue of webhooks -> their receivers.
import { secretsClient } from "../../infra/aws/clients/secrets.ts";
import { awsSecret } from "../../infra/aws/secret.ts";
import { awsSettings } from "../../infra/config/env.ts";
import { systemClock } from "../../infra/ports.ts";
import { openBlobs, openQueue, openServices } from "./services.ts";
import { webhookHandler } from "./webhook-handler.ts";

const settings = awsSettings();
const services = openServices(settings);

export const handler = webhookHandler({
  ...services,
  blobs: openBlobs(settings),
  webhooks: openQueue(settings.webhookQueue),
  secret: awsSecret(secretsClient(), settings.secret),
  now: systemClock.now,
});
