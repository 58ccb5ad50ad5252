// Lambda entry: the dead-letter queue of jobs -> ends those jobs.
import { awsSettings } from "../../infra/config/env.ts";
import { deadLetterHandler } from "./dead-letter-handler.ts";
import { openServices } from "./services.ts";

export const handler = deadLetterHandler(openServices(awsSettings()));
