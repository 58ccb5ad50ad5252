// Lambda entry: SQS -> pictures, in a container.
import { awsSettings } from "../../infra/config/env.ts";
import { memoizeAsync } from "../../infra/util/memoize-async.ts";
import { openWorkerEngine } from "./engine.ts";
import { openBlobs, openServices } from "./services.ts";
import { workerHandler } from "./worker-handler.ts";

const settings = awsSettings();

export const handler = workerHandler({
  ...openServices(settings),
  blobs: openBlobs(settings),
  engine: memoizeAsync(() => openWorkerEngine(settings)),
});
