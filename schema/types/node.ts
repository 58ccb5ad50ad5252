import { builder } from "../builder.ts";
import { loadNode } from "./load-node.ts";
import { Node } from "./refs.ts";

Node.implement({
  description: "An object that can be fetched again by its id (Relay's global object identification).",
  resolveType: (value) => ("typename" in value ? value.typename : "Job"),
  fields: (t) => ({ id: t.exposeID("id", { description: "Unique within this service." }) }),
});

builder.queryFields((t) => ({
  node: t.field({
    type: Node,
    nullable: true,
    args: { id: t.arg.id({ required: true, description: "The object's id." }) },
    description: "The caller's object with this id, or null: a job, a picture, a sheet, an animation or an upload.",
    resolve: (_, { id }, context) => loadNode(id, context),
  }),
}));
