import type { CallerLimits } from "../../infra/auth/caller-limits.ts";
import { builder } from "../builder.ts";
import type { Viewer as ViewerRecord } from "../context.ts";

const Limits = builder.objectRef<CallerLimits>("CallerLimits").implement({
  description: "Limits per owner, beside the quota of pictures in flight. Null: no limit.",
  fields: (t) => ({
    requestsPerMinute: t.exposeInt("requestsPerMinute", {
      nullable: true,
      description: "GraphQL operations a minute.",
    }),
    uploadBytesPerHour: t.exposeFloat("uploadBytesPerHour", {
      nullable: true,
      description: "Sum of the sizes of upload forms, in bytes an hour.",
    }),
    jobsPerHour: t.exposeInt("jobsPerHour", { nullable: true, description: "New jobs an hour." }),
    streams: t.exposeInt("streams", { nullable: true, description: "Subscriptions at a time, over all connections." }),
    sockets: t.exposeInt("sockets", { nullable: true, description: "WebSockets at a time." }),
  }),
});

const Viewer = builder.objectRef<ViewerRecord>("Viewer").implement({
  description: "The caller.",
  fields: (t) => ({
    owner: t.exposeString("owner", { description: "The owner whose jobs the caller can see." }),
    quota: t.exposeInt("quota", { description: "Maximum number of the caller's pictures in flight." }),
    picturesInFlight: t.int({
      description: "Number of pictures of the caller's jobs that have not ended. May lag behind by a moment.",
      resolve: (_, __, { tenant }) => tenant.picturesInFlight(),
    }),
    limits: t.field({
      type: Limits,
      description:
        "Limits of the caller's requests. A request beyond one is answered with status 429 and `Retry-After`.",
      resolve: (_, __, { limiter }) => limiter?.limits ?? {},
    }),
    webhookSecret: t.string({
      nullable: true,
      description:
        "The secret that signs the caller's webhooks; verify them with any Standard Webhooks library. Keep it secret.",
      resolve: ({ owner }, _, { webhookSecret }) => webhookSecret?.(owner),
    }),
  }),
});

builder.queryFields((t) => ({
  viewer: t.field({ type: Viewer, description: "The caller.", resolve: (_, __, { viewer }) => viewer }),
}));
