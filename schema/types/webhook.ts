import type { Webhook as JobWebhook } from "../../infra/jobs/job.ts";
import { builder } from "../builder.ts";
import { WebhookStateEnum } from "./enums.ts";

export const Webhook = builder.objectRef<JobWebhook>("Webhook").implement({
  description: "A signed POST at a job's end (Standard Webhooks), tried again until it is answered with 2xx.",
  fields: (t) => ({
    url: t.exposeString("url", { description: "Where to." }),
    state: t.expose("state", { type: WebhookStateEnum, description: "How far it has come." }),
    tries: t.exposeInt("tries", { description: "How often it was sent." }),
    nextAt: t.expose("nextAt", { type: "DateTime", nullable: true, description: "When it will be sent next." }),
    lastStatus: t.exposeInt("lastStatus", { nullable: true, description: "HTTP status of the newest answer." }),
    lastError: t.exposeString("lastError", { nullable: true, description: "What went wrong at the newest try." }),
  }),
});
