import type { Webhook as JobWebhook } from "../../infra/jobs/job.ts";
import { builder } from "../builder.ts";
import { WebhookStateEnum } from "./enums.ts";

export const Webhook = builder.objectRef<JobWebhook>("Webhook").implement({
  description:
    "A signed POST sent when a job ends (Standard Webhooks). It is retried for about three days, until the receiver responds with 2xx.",
  fields: (t) => ({
    url: t.exposeString("url", { description: "The receiver's URL." }),
    state: t.expose("state", { type: WebhookStateEnum, description: "The delivery state." }),
    tries: t.exposeInt("tries", { description: "Number of tries so far." }),
    nextAt: t.expose("nextAt", { type: "DateTime", nullable: true, description: "When it is tried next." }),
    lastStatus: t.exposeInt("lastStatus", { nullable: true, description: "HTTP status of the latest response." }),
    lastError: t.exposeString("lastError", { nullable: true, description: "Why the latest try failed." }),
  }),
});
