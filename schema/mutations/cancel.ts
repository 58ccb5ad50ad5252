import type { JobRecord } from "../../infra/jobs/job.ts";
import { builder } from "../builder.ts";
import { catchUserErrors, NotFound, notFound } from "../types/errors.ts";
import { Job } from "../types/refs.ts";

const CancelResult = builder.unionType("CancelResult", {
  description: "The job after the cancellation, or NotFound.",
  types: [Job, NotFound],
  resolveType: (value) => ("typename" in value ? value.typename : "Job"),
});

builder.mutationFields((t) => ({
  cancel: t.field({
    type: CancelResult,
    args: { id: t.arg.id({ required: true, description: "The job's id." }) },
    description:
      "Cancels a job. A running job stops at its next step. Canceling a job that has already ended changes nothing.",
    resolve: (_, { id }, { tenant }) =>
      catchUserErrors<JobRecord, "NotFound">(async () => {
        const job = await tenant.cancel(id);
        if (job === undefined) throw notFound("job");
        return job;
      }),
  }),
}));
