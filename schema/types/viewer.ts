import { builder } from "../builder.ts";
import type { Viewer as ViewerRecord } from "../context.ts";

const Viewer = builder.objectRef<ViewerRecord>("Viewer").implement({
  description: "The caller.",
  fields: (t) => ({
    owner: t.exposeString("owner", { description: "The owner whose jobs the caller can see." }),
    quota: t.exposeInt("quota", { description: "Maximum number of the caller's pictures in flight." }),
    picturesInFlight: t.int({
      description: "Number of pictures of the caller's jobs that have not ended. May lag behind by a moment.",
      resolve: (_, __, { tenant }) => tenant.picturesInFlight(),
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
