import type { JobRecord } from "../../infra/jobs/job.ts";
import { builder } from "../builder.ts";
import { NotFound, type UserErrorOf } from "../types/errors.ts";
import { Job } from "../types/refs.ts";

const CancelResult = builder.unionType("CancelResult", {
  description: "The job as it stands now, or that there is none.",
  types: [Job, NotFound],
  resolveType: (value) => ("typename" in value ? value.typename : "Job"),
});

builder.mutationFields((t) => ({
  cancel: t.field({
    type: CancelResult,
    args: { id: t.arg.id({ required: true, description: "The job's id." }) },
    description:
      "Ends a job; one that is drawn stops at its next step. Canceling twice, or a job that is over, changes nothing.",
    resolve: async (_, { id }, { jobs, viewer }): Promise<JobRecord | UserErrorOf<"NotFound">> => {
      const job = await jobs.cancel(viewer.owner, id);
      return job ?? { typename: "NotFound", message: "There is no such job of yours." };
    },
  }),
}));
