// A job knows its events and an event its job: the name of one of them has to come first.
import type { JobRecord } from "../../infra/jobs/job.ts";
import { builder } from "../builder.ts";

export const Job = builder.objectRef<JobRecord>("Job");
