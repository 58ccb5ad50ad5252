import type { Queue as QueuePort } from "../../infra/ports.ts";
import { builder } from "../builder.ts";

type Depth = Awaited<ReturnType<QueuePort["depth"]>>;

const Queue = builder.objectRef<Depth>("Queue").implement({
  description: "The queue of jobs, of all callers together.",
  fields: (t) => ({
    waiting: t.exposeInt("ready", {
      description:
        "Approximate number of jobs that wait for a worker. Callers take turns, so another caller's jobs delay yours less than their number suggests.",
    }),
  }),
});

builder.queryFields((t) => ({
  queue: t.field({
    type: Queue,
    description: "How busy the service is, for choosing `startWithinSeconds` and `endWithinSeconds`.",
    resolve: (_, __, { queue }) => queue.depth(),
  }),
}));
