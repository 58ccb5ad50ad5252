// A gateway's caption -> its place in CLIP's space. In the worker's image.
import { awsSettings } from "../../infra/config/env.ts";
import { memoizeAsync } from "../../infra/util/memoize-async.ts";
import { embedHandler } from "./embed-handler.ts";
import { engineOf } from "./engine.ts";

const settings = awsSettings();

export const handler = embedHandler({ engine: memoizeAsync(() => engineOf(settings)) });
