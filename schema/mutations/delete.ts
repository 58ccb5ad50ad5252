import { parseGlobalId } from "../../infra/jobs/global-id.ts";
import { builder } from "../builder.ts";
import { catchUserErrors, InvalidInput, invalid, NotFound, notFound } from "../types/errors.ts";

type DeletedValue = { readonly deletedId: string };

const Deleted = builder.objectRef<DeletedValue>("Deleted").implement({
  description: "Something was deleted.",
  fields: (t) => ({ deletedId: t.exposeID("deletedId", { description: "The id that no longer exists." }) }),
});

const DeleteResult = builder.unionType("DeleteResult", {
  description: "The id that was deleted, or why it was not.",
  types: [Deleted, NotFound, InvalidInput],
  resolveType: (value) => ("typename" in value ? value.typename : "Deleted"),
});

builder.mutationFields((t) => ({
  deleteJob: t.field({
    type: DeleteResult,
    args: { id: t.arg.id({ required: true, description: "The job's id." }) },
    description:
      "Deletes a job, its pictures, previews, sheet and animation, what is stored of its unfinished pictures, and its embeddings. A job that has not ended is canceled first. No webhook is sent afterwards. Uploads are kept until they expire.",
    resolve: (_, { id }, { tenant, blobs }) =>
      catchUserErrors<DeletedValue, "NotFound" | "InvalidInput">(async () => {
        if (await tenant.delete(id, blobs)) return { deletedId: id };
        throw notFound("job");
      }),
  }),
  deletePicture: t.field({
    type: DeleteResult,
    args: { id: t.arg.id({ required: true, description: "The picture's id." }) },
    description:
      "Deletes a picture of a job that has ended. The job's sheet and animation show it, so they are deleted too. Its URLs stop working.",
    resolve: (_, { id }, { tenant, blobs }) =>
      catchUserErrors<DeletedValue, "NotFound" | "InvalidInput">(async () => {
        const parsed = parseGlobalId(id);
        if (parsed?.type !== "Picture") throw notFound("picture");
        const outcome = await tenant.deletePicture(parsed.job, parsed.index, blobs);
        if (outcome === "ACTIVE") throw invalid("id", "belongs to a job that has not ended; cancel it first");
        if (outcome === "NOT_FOUND") throw notFound("picture");
        return { deletedId: id };
      }),
  }),
}));
