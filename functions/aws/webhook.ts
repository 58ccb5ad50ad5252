// Lambda entry: the queue of webhooks -> their receivers.
import { awsSettings } from "../../infra/config/env.ts";
import { systemClock } from "../../infra/ports.ts";
import { openBlobs, openQueue, openSecrets, openServices } from "./services.ts";
import { webhookHandler } from "./webhook-handler.ts";

const settings = awsSettings();
const services = openServices(settings);
const secrets = openSecrets(settings);

export const handler = webhookHandler({
  ...services,
  blobs: openBlobs(settings),
  webhooks: openQueue(settings.webhookQueue),
  secret: async () => (await secrets()).webhooks,
  now: systemClock.now,
});
