import type { Failure as JobFailure } from "../../infra/jobs/job.ts";
import { builder } from "../builder.ts";
import { FailureEnum } from "./enums.ts";

export const Failure = builder.objectRef<JobFailure>("Failure").implement({
  description: "Why an attempt at a job failed.",
  fields: (t) => ({
    code: t.expose("code", { type: FailureEnum, description: "The kind of failure, for programs." }),
    message: t.exposeString("message", { description: "For people. May change." }),
    retryable: t.exposeBoolean("retryable", {
      description: "Whether the same request may succeed when sent again.",
    }),
  }),
});
