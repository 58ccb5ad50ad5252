import type { JobRecord } from "../../infra/jobs/job.ts";
import { builder } from "../builder.ts";

export const Node = builder.interfaceRef<JobRecord>("Node").implement({
  description: "An object that can be fetched again by its id (Relay's global object identification).",
  resolveType: () => "Job",
  fields: (t) => ({ id: t.exposeID("id", { description: "Unique within this service." }) }),
});

builder.queryFields((t) => ({
  node: t.field({
    type: Node,
    nullable: true,
    args: { id: t.arg.id({ required: true, description: "The object's id." }) },
    description: "The caller's object with this id, or null. Relay clients use it to refetch.",
    resolve: (_, { id }, { tenant }) => tenant.get(id),
  }),
}));
