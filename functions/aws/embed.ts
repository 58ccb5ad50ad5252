// Lambda entry: a caption -> its CLIP embedding. Runs in the workers' image.
import { awsSettings } from "../../infra/config/env.ts";
import { memoizeAsync } from "../../infra/util/memoize-async.ts";
import { embedHandler } from "./embed-handler.ts";
import { openWorkerEngine } from "./engine.ts";

const settings = awsSettings();

export const handler = embedHandler({ engine: memoizeAsync(() => openWorkerEngine(settings)) });
