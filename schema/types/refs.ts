// Types that refer to each other are declared before they are implemented.
import type { JobRecord } from "../../infra/jobs/job.ts";
import { builder } from "../builder.ts";
import type { JobFileValue, PictureValue, UploadValue } from "./image.ts";

export const Job = builder.objectRef<JobRecord>("Job");

/** An object with an id. Job records come from the store, so they alone have no `typename`. */
export type NodeValue = JobRecord | PictureValue | JobFileValue<"Sheet"> | JobFileValue<"Animation"> | UploadValue;

export const Node = builder.interfaceRef<NodeValue>("Node");
