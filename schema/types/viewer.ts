import { builder } from "../builder.ts";
import type { Viewer as Caller } from "../context.ts";

const Viewer = builder.objectRef<Caller>("Viewer").implement({
  description: "The caller.",
  fields: (t) => ({
    owner: t.exposeString("owner", { description: "Whose jobs the caller sees." }),
    quota: t.exposeInt("quota", { description: "Pictures the caller may have in flight." }),
    picturesInFlight: t.int({
      description: "Pictures of the caller's jobs that are not over; may lag behind by moments.",
      resolve: ({ owner }, _, { jobs }) => jobs.picturesInFlight(owner),
    }),
    webhookSecret: t.string({
      nullable: true,
      description: "Verifies the caller's webhooks, with any Standard Webhooks library. Keep it to yourself.",
      resolve: ({ owner }, _, { webhookSecret }) => webhookSecret?.(owner),
    }),
  }),
});

builder.queryFields((t) => ({
  viewer: t.field({ type: Viewer, description: "The caller.", resolve: (_, __, { viewer }) => viewer }),
}));
