import type { JobRecord } from "../../infra/jobs/job.ts";
import { builder } from "../builder.ts";

export const Node = builder.interfaceRef<JobRecord>("Node").implement({
  description: "Whatever can be read again by its id (Relay's object identification).",
  resolveType: () => "Job",
  fields: (t) => ({ id: t.exposeID("id", { description: "Unique in this service." }) }),
});

builder.queryFields((t) => ({
  node: t.field({
    type: Node,
    nullable: true,
    args: { id: t.arg.id({ required: true, description: "The object's id." }) },
    description: "The caller's object of that id; null when there is none. Relay clients use it to refresh.",
    resolve: (_, { id }, { jobs, viewer }) => jobs.get(viewer.owner, id),
  }),
}));
