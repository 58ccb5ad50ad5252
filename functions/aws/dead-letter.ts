// The dead letters of the queue of jobs -> the end of those jobs.
import { awsSettings } from "../../infra/env.ts";
import { deadLetterHandler } from "./dead-letter-handler.ts";
import { openWorld } from "./world.ts";

export const handler = deadLetterHandler(openWorld(awsSettings()));
