// Lambda entry: a caption or a picture -> its CLIP embedding. Its image holds CLIP alone.
import { awsSettings } from "../../infra/config/env.ts";
import { memoizeAsync } from "../../infra/util/memoize-async.ts";
import { createEmbedder } from "../embedder.ts";
import { embedHandler } from "./embed-handler.ts";
import { openWorkerEngine } from "./engine.ts";
import { openBlobs } from "./services.ts";

const settings = awsSettings();

export const handler = embedHandler({
  embedder: memoizeAsync(async () => createEmbedder(await openWorkerEngine(settings, "clip"), openBlobs(settings))),
});
