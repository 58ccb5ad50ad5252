// Job and JobEvent refer to each other, so one of the two types is declared before it is implemented.
import type { JobRecord } from "../../infra/jobs/job.ts";
import { builder } from "../builder.ts";

export const Job = builder.objectRef<JobRecord>("Job");
